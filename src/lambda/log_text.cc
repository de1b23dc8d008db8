#include "lambda/log_text.h"

#include <algorithm>

namespace signpost::lambda {
namespace {

constexpr std::size_t kMostBytes = 200;
constexpr std::string_view kBetrayers[] = {
    "x-amz-signature=", "x-amz-security-token=", "x-amz-credential=", "signature="};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool StartsWithIgnoringCase(std::string_view text, std::string_view lower_prefix) {
  return text.size() >= lower_prefix.size() &&
         std::ranges::equal(text.substr(0, lower_prefix.size()), lower_prefix, {}, Lower);
}

/// The length of the "name=" at the beginning of `text` whose value is secret; 0 when there is none.
std::size_t BetrayerAt(std::string_view text) {
  for (const std::string_view name : kBetrayers) {
    if (StartsWithIgnoringCase(text, name)) return name.size();
  }
  return 0;
}

}  // namespace

std::string Excerpt(std::string_view text) {
  if (text.size() <= kMostBytes) return std::string(text);
  std::size_t end = kMostBytes;
  // Not in the middle of a character of UTF-8: its later bytes are 10xxxxxx.
  while (end > kMostBytes - 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string Redact(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const std::size_t name = BetrayerAt(text);
    if (name == 0) {
      clean += text.front();
      text.remove_prefix(1);
      continue;
    }
    clean.append(text.substr(0, name)).append("***");
    text.remove_prefix(name);
    text.remove_prefix(std::min(text.find_first_of("&\"' ,;<>\n"), text.size()));
  }
  return clean;
}

}  // namespace signpost::lambda
