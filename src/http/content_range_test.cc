#include "http/content_range.h"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

TEST(ContentRange, TellsWhereTheBytesAreInTheWhole) {
  const auto range = ParseContentRange("bytes 42-1233/1234");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, 42U);
  EXPECT_EQ(range->length, 1192U);
  EXPECT_EQ(range->size, 1234U);
  const auto huge = ParseContentRange("bytes 0-0/18446744073709551615");
  ASSERT_TRUE(huge);
  EXPECT_EQ(huge->length, 1U);
  EXPECT_EQ(huge->size, UINT64_MAX);
}

TEST(ContentRange, TellsTheSizeAloneOfAnUnsatisfiedRange) {
  const auto range = ParseContentRange("bytes */1234");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->length, 0U);
  EXPECT_EQ(range->size, 1234U);
}

TEST(ContentRange, IsNothingWhenItIsMalformedOrImpossible) {
  for (const char* value :
       {"", "bytes", "bytes ", "bytes 0-9", "bytes 0-9/", "bytes 0-9/*", "bytes */*", "bytes 9-0/10", "bytes 0-10/10",
        "bytes 0-18446744073709551615/0", "bytes -1-9/10", "bytes +0-9/10", "bytes 0 - 9/10", "bytes 0-9/10 ",
        "bytes 0-9/10x", "items 0-9/10", "bytes=0-9/10", "bytes 0-9/18446744073709551616"}) {
    EXPECT_FALSE(ParseContentRange(value)) << value;
  }
}

}  // namespace
}  // namespace signpost::http
