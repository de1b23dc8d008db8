#include "sigv4/message_schedule.h"

#include <bit>

namespace signpost::sigv4 {
namespace {

/// FIPS 180-4 section 4.1.2, formulas 4.6 and 4.7.
constexpr std::uint32_t SmallSigma0(std::uint32_t x) { return std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3; }
constexpr std::uint32_t SmallSigma1(std::uint32_t x) { return std::rotr(x, 17) ^ std::rotr(x, 19) ^ x >> 10; }

}  // namespace

MessageSchedule ScheduleOf(std::span<const std::uint8_t, SHA256_CBLOCK> block) {
  MessageSchedule words;
  constexpr std::size_t kBlockWords = SHA256_CBLOCK / sizeof(std::uint32_t);
  for (std::size_t i = 0; i < kBlockWords; ++i) {
    words[i] = std::uint32_t{block[4 * i]} << 24 | std::uint32_t{block[4 * i + 1]} << 16 |
               std::uint32_t{block[4 * i + 2]} << 8 | block[4 * i + 3];
  }
  for (std::size_t i = kBlockWords; i < words.size(); ++i) {
    words[i] = SmallSigma1(words[i - 2]) + words[i - 7] + SmallSigma0(words[i - 15]) + words[i - 16];
  }
  for (std::size_t i = 0; i < words.size(); ++i) words[i] += kRoundConstants[i];
  return words;
}

}  // namespace signpost::sigv4
