#include "s3/crc64nvme.h"

#include <random>

#include <gtest/gtest.h>

namespace signpost::s3 {
namespace {

/// The definition, a bit at a time, with the polynomial as the specification prints it: most significant bit first.
std::uint64_t BitByBit(std::string_view bytes) {
  constexpr std::uint64_t kPolynomial = 0xAD93D23594C93659;
  std::uint64_t remainder = ~std::uint64_t{0};
  for (const char c : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      const bool in = (static_cast<unsigned char>(c) >> bit & 1) != 0;
      const bool out = (remainder >> 63 & 1) != 0;
      remainder = (remainder << 1) ^ (in != out ? kPolynomial : 0);
    }
  }
  std::uint64_t reflected = 0;
  for (int bit = 0; bit < 64; ++bit) reflected |= (remainder >> bit & 1) << (63 - bit);
  return ~reflected;
}

TEST(Crc64Nvme, HasThePublishedCheckValues) {
  EXPECT_EQ(Crc64Nvme("123456789"), 0xAE8B14860A799888u);
  EXPECT_EQ(Crc64Nvme(""), 0u);
  // NVM Express Command Set specification, 4,096 bytes of zeros and of ones.
  EXPECT_EQ(Crc64Nvme(std::string(4096, '\0')), 0x6482D367EB22B64Eu);
  EXPECT_EQ(Crc64Nvme(std::string(4096, '\xff')), 0xC0DDBA7302ECA3ACu);
}

TEST(Crc64Nvme, AgreesWithTheDefinitionAtEveryLengthAndAlignment) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::string bytes(300, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (std::size_t from = 0; from < 17; ++from) {
    for (std::size_t size = 0; size + from <= 100; ++size) {
      const std::string_view part = std::string_view(bytes).substr(from, size);
      ASSERT_EQ(Crc64Nvme(part), BitByBit(part)) << from << "+" << size;
    }
  }
  EXPECT_EQ(Crc64Nvme(bytes), BitByBit(bytes));
}

TEST(Crc64NvmeHeader, IsBase64OfTheBytesMostSignificantFirst) {
  EXPECT_EQ(Crc64NvmeHeader(0xAE8B14860A799888u), "rosUhgp5mIg=");
  EXPECT_EQ(Crc64NvmeHeader(0), "AAAAAAAAAAA=");
}

}  // namespace
}  // namespace signpost::s3
