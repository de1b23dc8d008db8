#pragma once

#include <cstdint>

namespace signpost {

/// The lower-case hexadecimal digits, in ASCII, of eight values from 0 to 15, one in each byte.
constexpr std::uint64_t HexDigits(std::uint64_t values) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t letters = (values + 6 * kOnes) >> 4 & kOnes;
  return values + '0' * kOnes + letters * ('a' - '0' - 10);
}

}  // namespace signpost
