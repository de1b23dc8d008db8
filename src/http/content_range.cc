#include "http/content_range.h"

#include <charconv>

namespace signpost::http {
namespace {

/// Takes the digits at the start of `*text` off it; nothing when there are none or too many.
std::optional<std::uint64_t> TakeNumber(std::string_view* text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc()) return std::nullopt;
  text->remove_prefix(static_cast<std::size_t>(end - text->data()));
  return number;
}

bool Take(std::string_view word, std::string_view* text) {
  if (!text->starts_with(word)) return false;
  text->remove_prefix(word.size());
  return true;
}

}  // namespace

std::optional<ContentRange> ParseContentRange(std::string_view value) {
  if (!Take("bytes ", &value)) return std::nullopt;
  ContentRange range;
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
  if (!Take("*", &value)) {
    first = TakeNumber(&value);
    if (!first || !Take("-", &value)) return std::nullopt;
    last = TakeNumber(&value);
    if (!last || *last < *first) return std::nullopt;
  }
  if (!Take("/", &value)) return std::nullopt;
  const auto size = TakeNumber(&value);
  if (!size || !value.empty()) return std::nullopt;
  range.size = *size;
  if (!last) return range;
  if (*last >= *size) return std::nullopt;
  range.first = *first;
  range.length = *last - *first + 1;
  return range;
}

}  // namespace signpost::http
