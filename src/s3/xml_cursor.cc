#include "s3/xml_cursor.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace signpost::s3 {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool IsDigitOrSign(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '.'; }

/// XML 1.0's NameChar, but for the few code points beyond ASCII that it leaves out.
bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigitOrSign(c) || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t EncodeUtf8(std::uint32_t c, char* out) {
  const auto continuation = [c](int shift) { return static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xc0 | c >> 6);
    out[1] = continuation(0);
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xe0 | c >> 12);
    out[1] = continuation(6);
    out[2] = continuation(0);
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | c >> 18);
  out[1] = continuation(12);
  out[2] = continuation(6);
  out[3] = continuation(0);
  return 4;
}

/// The code point of `#65` or `#x41`; nothing for another form, a surrogate, zero or more than U+10FFFF.
bool ReadCharacterReference(std::string_view reference, std::uint32_t* code) {
  const bool hex = reference.starts_with("#x");
  const std::string_view digits = reference.substr(hex ? 2 : 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), *code, hex ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  return *code != 0 && *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
}

std::size_t DecodeEntity(std::string_view entity, char* out) {
  struct Known {
    std::string_view name;
    char value;
  };
  constexpr Known kKnown[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const Known& known : kKnown) {
    if (entity == known.name) {
      *out = known.value;
      return 1;
    }
  }
  std::uint32_t code = 0;
  if (!entity.starts_with('#') || !ReadCharacterReference(entity, &code)) return 0;
  return EncodeUtf8(code, out);
}

}  // namespace

std::size_t DecodeXmlText(std::string_view raw, char* out) {
  std::size_t written = 0;
  while (true) {
    const std::size_t plain = std::min(raw.find('&'), raw.size());
    std::memmove(out + written, raw.data(), plain);
    written += plain;
    if (plain == raw.size()) return written;
    const std::size_t end = raw.find(';', plain);
    if (end == std::string_view::npos) return std::string_view::npos;
    // An entity is never shorter than what it stands for, so in-place decoding does not overtake its input.
    const std::size_t size = DecodeEntity(raw.substr(plain + 1, end - plain - 1), out + written);
    if (size == 0) return std::string_view::npos;
    written += size;
    raw.remove_prefix(end + 1);
  }
}

bool XmlCursor::SkipPast(std::string_view end) {
  const std::size_t found = text_.find(end, at_);
  if (found == std::string_view::npos) return Fail();
  at_ = found + end.size();
  return true;
}

bool XmlCursor::SkipMisc() {
  while (!failed_) {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<?")) {
      SkipPast("?>");
    } else if (rest.starts_with("<!--")) {
      at_ += 4;
      SkipPast("-->");
    } else {
      return true;
    }
  }
  return false;
}

bool XmlCursor::SkipSpace() {
  const std::size_t start = at_;
  while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  return at_ != start;
}

bool XmlCursor::SkipName() {
  const std::size_t start = at_;
  while (at_ < text_.size() && IsNameCharacter(text_[at_])) ++at_;
  return at_ != start && !IsDigitOrSign(text_[start]);
}

bool XmlCursor::SkipAttributes(bool* empty_element) {
  while (true) {
    const bool space = SkipSpace();
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with('>') || rest.starts_with("/>")) {
      *empty_element = rest[0] == '/';
      at_ += *empty_element ? 2 : 1;
      return true;
    }
    if (!space || !SkipName()) return Fail();
    SkipSpace();
    if (at_ == text_.size() || text_[at_++] != '=') return Fail();
    SkipSpace();
    if (at_ == text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return Fail();
    const std::size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos || text_.substr(at_, end - at_).find('<') != std::string_view::npos)
      return Fail();
    at_ = end + 1;
  }
}

bool XmlCursor::EnterChild(std::string_view* name) {
  if (last_was_empty_ || !SkipMisc()) return false;
  if (at_ >= text_.size()) return open_.empty() ? false : Fail();
  if (text_[at_] != '<') return Fail();
  if (text_.substr(at_).starts_with("</")) return false;
  const std::size_t start = ++at_;
  if (!SkipName()) return Fail();
  *name = text_.substr(start, at_ - start);
  if (!SkipAttributes(&last_was_empty_)) return false;
  open_.push_back(*name);
  return true;
}

bool XmlCursor::Leave() {
  if (failed_ || open_.empty()) return Fail();
  const std::string_view name = open_.back();
  open_.pop_back();
  if (last_was_empty_) {
    last_was_empty_ = false;
    return true;
  }
  if (!SkipMisc()) return false;
  const std::string_view rest = text_.substr(at_);
  if (!rest.starts_with("</") || !rest.substr(2).starts_with(name)) return Fail();
  at_ += 2 + name.size();
  while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  if (at_ >= text_.size() || text_[at_] != '>') return Fail();
  ++at_;
  return true;
}

bool XmlCursor::ReadText(std::string_view* raw) {
  if (failed_) return false;
  *raw = {};
  if (last_was_empty_) return Leave();
  const std::size_t end = text_.find('<', at_);
  if (end == std::string_view::npos) return Fail();
  *raw = text_.substr(at_, end - at_);
  at_ = end;
  return Leave();
}

bool XmlCursor::Skip() {
  const std::size_t depth = open_.size();
  while (!failed_ && open_.size() >= depth) {
    std::string_view name;
    if (!last_was_empty_) {
      const std::size_t next = text_.find('<', at_);
      if (next == std::string_view::npos) return Fail();
      at_ = next;
      if (text_.substr(at_).starts_with("<![CDATA[")) {
        SkipPast("]]>");
        continue;
      }
    }
    if (!EnterChild(&name) && !failed_) Leave();
  }
  return !failed_;
}

bool XmlCursor::AtEnd() { return SkipMisc() && open_.empty() && at_ == text_.size(); }

}  // namespace signpost::s3
