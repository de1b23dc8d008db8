#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace signpost::http {

/// What a Content-Range field says in bytes (RFC 9110 section 14.4).
struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;  ///< 0 in a 416: "bytes */1234".
  std::uint64_t size = 0;    ///< Of the whole.
};

/// Nothing for another unit, an unknown size ("bytes 0-99/*"), a range outside the whole, or anything malformed.
std::optional<ContentRange> ParseContentRange(std::string_view value);

}  // namespace signpost::http
