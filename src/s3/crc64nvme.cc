#include "s3/crc64nvme.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/bytes.h"

namespace signpost::s3 {
namespace {

constexpr std::uint64_t kReflectedPolynomial = 0x9a6c9329ac4bc9b5;
constexpr std::size_t kSlices = 16;

using Tables = std::array<std::array<std::uint64_t, 256>, kSlices>;

/// The remainder that is `crc` multiplied by x.
constexpr std::uint64_t TimesX(std::uint64_t crc) { return (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0); }

/// tables[k][b]: the remainder of byte b followed by k zero bytes.
constexpr Tables MakeTables() {
  Tables tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = TimesX(crc);
    tables[0][byte] = crc;
  }
  for (std::size_t k = 1; k < kSlices; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint64_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = MakeTables();

std::uint64_t LoadLittleEndian(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = std::byteswap(word);
  return word;
}

/// The remainder of a word whose last byte is followed by `after` more.
std::uint64_t ReduceWord(std::uint64_t word, std::size_t after) {
  std::uint64_t crc = 0;
  for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[after + 7 - i][word >> (8 * i) & 0xff];
  return crc;
}

/// The remainder of two words, the first of which comes first in the message.
std::uint64_t Reduce(std::uint64_t first, std::uint64_t second) { return ReduceWord(first, 8) ^ ReduceWord(second, 0); }

#if defined(__x86_64__)

/// x to the power of `n`.
constexpr std::uint64_t PowerOfX(int n) {
  std::uint64_t crc = std::uint64_t{1} << 63;
  for (int i = 0; i < n; ++i) crc = TimesX(crc);
  return crc;
}

bool CanMultiplyWithoutCarry() { return __builtin_cpu_supports("pclmul") != 0; }

/// Absorbs all whole pairs of words of `*bytes`, of which there is one at least, and takes them off. What has been
/// absorbed is kept as a pair of words with the same remainder. With 128 bits behind them its first word counts x^192
/// as much and its second x^128; the product of two reflected words is short of one x.
__attribute__((target("pclmul,sse4.1"))) std::uint64_t AbsorbByMultiplying(std::uint64_t crc, std::string_view* bytes) {
  constexpr std::uint64_t kFirst = PowerOfX(192 - 1);
  constexpr std::uint64_t kSecond = PowerOfX(128 - 1);
  const __m128i factors = _mm_set_epi64x(static_cast<std::int64_t>(kSecond), static_cast<std::int64_t>(kFirst));
  const auto load = [bytes] { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes->data())); };
  __m128i pair = _mm_xor_si128(load(), _mm_set_epi64x(0, static_cast<std::int64_t>(crc)));
  bytes->remove_prefix(kSlices);
  for (; bytes->size() >= kSlices; bytes->remove_prefix(kSlices)) {
    const __m128i first = _mm_clmulepi64_si128(pair, factors, 0x00);
    const __m128i second = _mm_clmulepi64_si128(pair, factors, 0x11);
    pair = _mm_xor_si128(_mm_xor_si128(first, second), load());
  }
  return Reduce(static_cast<std::uint64_t>(_mm_cvtsi128_si64(pair)),
                static_cast<std::uint64_t>(_mm_extract_epi64(pair, 1)));
}

#else

bool CanMultiplyWithoutCarry() { return false; }

std::uint64_t AbsorbByMultiplying(std::uint64_t, std::string_view*) { std::unreachable(); }

#endif

}  // namespace

std::uint64_t Crc64Nvme(std::string_view bytes) {
  std::uint64_t crc = ~std::uint64_t{0};
  if (bytes.size() >= kSlices && CanMultiplyWithoutCarry()) crc = AbsorbByMultiplying(crc, &bytes);
  while (bytes.size() >= kSlices) {
    crc = Reduce(crc ^ LoadLittleEndian(bytes.data()), LoadLittleEndian(bytes.data() + 8));
    bytes.remove_prefix(kSlices);
  }
  for (const char c : bytes) crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<unsigned char>(c)) & 0xff];
  return ~crc;
}

std::string Crc64NvmeHeader(std::uint64_t crc) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(crc >> (56 - 8 * i));
  return Base64Encode(bytes);
}

}  // namespace signpost::s3
