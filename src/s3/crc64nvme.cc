#include "s3/crc64nvme.h"

#include <array>
#include <bit>
#include <cstring>

#include "base/bytes.h"

namespace signpost::s3 {
namespace {

constexpr std::uint64_t kReflectedPolynomial = 0x9a6c9329ac4bc9b5;
constexpr std::size_t kSlices = 16;

using Tables = std::array<std::array<std::uint64_t, 256>, kSlices>;

/// tables[k][b]: the remainder of byte b followed by k zero bytes.
constexpr Tables MakeTables() {
  Tables tables{};
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kReflectedPolynomial : 0);
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
std::uint64_t Reduce(std::uint64_t word, std::size_t after) {
  std::uint64_t crc = 0;
  for (std::size_t i = 0; i < 8; ++i) crc ^= kTables[after + 7 - i][word >> (8 * i) & 0xff];
  return crc;
}

}  // namespace

std::uint64_t Crc64Nvme(std::string_view bytes) {
  std::uint64_t crc = ~std::uint64_t{0};
  while (bytes.size() >= kSlices) {
    crc = Reduce(crc ^ LoadLittleEndian(bytes.data()), 8) ^ Reduce(LoadLittleEndian(bytes.data() + 8), 0);
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
