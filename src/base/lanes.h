#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace signpost {

/// Sixteen bytes that are worked on side by side, as x86-64 and arm64 can (the vector extensions of GCC and Clang). A
/// comparison makes each byte -1 where it is true, else 0.
using Lanes = signed char __attribute__((vector_size(16)));

inline Lanes LoadLanes(const char* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

/// Whether any byte of `lanes` is not 0.
inline bool Any(Lanes lanes) {
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(lanes);
  return (halves[0] | halves[1]) != 0;
}

/// The place, from 0, of the first byte of `lanes` that is not 0; there must be one.
inline int First(Lanes lanes) {
  static_assert(std::endian::native == std::endian::little);
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(lanes);
  return (halves[0] != 0 ? std::countr_zero(halves[0]) : 64 + std::countr_zero(halves[1])) / 8;
}

}  // namespace signpost
