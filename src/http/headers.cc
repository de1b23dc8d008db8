#include <algorithm>

#include "http/transport.h"

namespace signpost::http {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (std::ranges::equal(field, name, [](char a, char b) { return Lower(a) == Lower(b); })) return value;
  }
  return std::nullopt;
}

}  // namespace signpost::http
