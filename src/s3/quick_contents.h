#pragma once

#include <string_view>

#include "s3/list_page.h"

namespace signpost::s3 {

/// Reads `<Contents>` elements that are spelled as S3 spells nearly all of them: the usual fields in the usual order,
/// no white space, no entity but the ETag's quotes. Whatever else is left to the general reader.
class QuickContents {
 public:
  explicit QuickContents(std::string_view text)
      : begin_(text.data()), end_(text.data() + text.size()), at_(begin_), read_(begin_) {}

  /// Reads the element that comes next into `*object`, or returns false when it is none of the usual form. Says whether
  /// its key holds `%` or `+`; nothing else is left to decode.
  bool Read(ListedObject* object, bool* key_is_encoded);

  /// Bytes of the elements that Read() returned.
  std::size_t read() const { return static_cast<std::size_t>(read_ - begin_); }

 private:
  template <std::size_t N>
  bool Take(const char (&literal)[N]);
  template <std::size_t N>
  bool TakeText(std::string_view* text, const char (&after)[N]);
  bool TakeKey(std::string_view* key, bool* is_encoded);
  bool TakeNumber(std::uint64_t* number);

  const char* const begin_;
  const char* const end_;
  const char* at_;
  const char* read_;
};

}  // namespace signpost::s3
