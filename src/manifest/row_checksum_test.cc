#include "manifest/row_checksum.h"

#include <random>
#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace signpost::manifest {
namespace {

std::uint32_t PlainCrc32(std::string_view text) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

std::string RandomBytes(std::mt19937* random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>((*random)());
  return bytes;
}

TEST(Crc32Shift, IsWhatZlibCombines) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (const std::size_t size : {0, 1, 2, 3, 63, 64, 1'000, 1'229, 70'000}) {
    const Crc32Shift shift(size);
    const std::string before = RandomBytes(&random, random() % 100);
    const std::string after = RandomBytes(&random, size);
    EXPECT_EQ(shift.bytes(), size);
    EXPECT_EQ(shift.Apply(PlainCrc32(before)) ^ PlainCrc32(after), PlainCrc32(before + after)) << size << " bytes";
  }
}

/// Rows in any number of texts, some without the common text, which changes now and then.
TEST(RowChecksum, IsThatOfTheWholeText) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  RowChecksum checksum;
  for (int round = 0; round < 200; ++round) {
    checksum.Start();
    std::string all;
    std::string common = RandomBytes(&random, random() % 1'500);
    bool first = true;
    for (std::size_t texts = random() % 5; texts > 0; --texts) {
      const std::size_t skipped = random() % 50;
      std::string text = RandomBytes(&random, skipped);
      for (std::size_t rows = random() % 20; rows > 0; --rows) {
        text += RandomBytes(&random, random() % 200);
        if (random() % 5 == 0) continue;
        const bool changes = first || random() % 7 == 0;
        if (changes) common = RandomBytes(&random, random() % 2 == 0 ? common.size() : random() % 1'500);
        checksum.AddCommon(text.size(), common.size(), !changes);
        text += common;
        first = false;
      }
      text += RandomBytes(&random, random() % 100);
      checksum.Read(text, skipped);
      all.append(text, skipped);
    }
    ASSERT_EQ(checksum.value(), PlainCrc32(all)) << "round " << round;
  }
}

}  // namespace
}  // namespace signpost::manifest
