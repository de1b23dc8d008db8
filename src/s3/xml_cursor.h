#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace signpost::s3 {

/// Walks over the tags of one XML 1.0 document without copying: just what S3's answers need, strictly. Names are
/// compared as written; attributes are passed over; a document type declaration is refused. After the first failure
/// nothing more is returned.
class XmlCursor {
 public:
  explicit XmlCursor(std::string_view document) : text_(document) {}

  /// Moves past white space, comments and processing instructions; then past the start tag of the next element, and
  /// sets
  /// `*name`. False at an end tag or the end of the document (see failed()).
  bool EnterChild(std::string_view* name);

  /// Moves past the end tag of the element entered last. False if something else is there.
  bool Leave();

  /// The character data of the element entered last, entities undecoded, CDATA refused; moves past its end tag. False
  /// if the element holds other elements.
  bool ReadText(std::string_view* raw);

  /// Moves past the element entered last with everything in it.
  bool Skip();

  /// Whether only white space, comments and processing instructions are left, with no element open.
  bool AtEnd();

  /// What has not been read yet; empty after a failure.
  std::string_view rest() const { return failed_ || last_was_empty_ ? std::string_view() : text_.substr(at_); }

  /// Moves past `size` bytes of rest() that the caller has read itself: whole elements, start tag to end tag.
  void Advance(std::size_t size) { at_ += size; }

  bool failed() const { return failed_; }

 private:
  bool Fail() {
    failed_ = true;
    return false;
  }
  bool SkipMisc();
  bool SkipPast(std::string_view end);
  bool SkipSpace();
  bool SkipName();
  bool SkipAttributes(bool* empty_element);

  std::string_view text_;
  std::size_t at_ = 0;
  bool failed_ = false;
  bool last_was_empty_ = false;  // the element entered last was <name/>
  std::vector<std::string_view> open_;
};

/// Appends `raw` with XML's five entities and character references (as UTF-8) decoded to `*out`, which may be the
/// memory of `raw` itself. Returns the number of bytes written, or npos for an unknown entity or a code point that does
/// not exist.
std::size_t DecodeXmlText(std::string_view raw, char* out);

}  // namespace signpost::s3
