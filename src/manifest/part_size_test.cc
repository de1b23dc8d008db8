#include <algorithm>

#include <gtest/gtest.h>

#include "manifest/s3_sink.h"

namespace signpost::manifest {
namespace {

TEST(PartBytes, HoldATebibyteInTenThousandPartsOfAtMost216Mebibytes) {
  std::uint64_t sum = 0;
  std::uint64_t largest = 0;
  for (int number = 1; number <= s3::kMaxParts; ++number) {
    const std::uint64_t size = PartBytes(number);
    EXPECT_GE(size, largest);
    EXPECT_GE(size, s3::kMinPartBytes);
    largest = std::max(largest, size);
    sum += size;
  }
  EXPECT_GE(sum, std::uint64_t{1} << 40);
  EXPECT_LE(largest, std::uint64_t{216} << 20);
  EXPECT_EQ(PartBytes(1), std::uint64_t{8} << 20);
}

}  // namespace
}  // namespace signpost::manifest
