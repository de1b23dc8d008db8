#include "base/time_format.h"

#include <gtest/gtest.h>

namespace signpost {
namespace {

using namespace std::chrono_literals;

// 1994-11-06T08:49:37Z, the example of RFC 9110 section 5.6.7, is 784111777 by date(1).
constexpr std::chrono::sys_seconds kExample{784'111'777s};

TEST(TimeFormat, WritesBothForms) {
  EXPECT_EQ(FormatBasic(kExample), "19941106T084937Z");
  EXPECT_EQ(FormatRfc3339(kExample), "1994-11-06T08:49:37Z");
}

TEST(ParseBasic, ReadsWhatFormatBasicWritesAndNothingElse) {
  EXPECT_EQ(*ParseBasic("19941106T084937Z"), kExample);
  EXPECT_EQ(FormatBasic(*ParseBasic("20240229T235959Z")), "20240229T235959Z");
  for (const char* text : {"", "now", "20230229T000000Z", "20261301T000000Z", "20260101T240000Z", "20260101T000000",
                           "20260101T000000Z ", "2026-01-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseBasic(text)) << text;
  }
}

TEST(ParseRfc3339, ReadsOffsetsFractionsAndLeapSeconds) {
  EXPECT_EQ(*ParseRfc3339("1994-11-06T08:49:37Z"), kExample);
  EXPECT_EQ(*ParseRfc3339("1994-11-06T08:49:37.999Z"), kExample);
  EXPECT_EQ(*ParseRfc3339("1994-11-06T10:19:37+01:30"), kExample);
  EXPECT_EQ(*ParseRfc3339("1994-11-06T00:49:37-08:00"), kExample);
  EXPECT_EQ(*ParseRfc3339("2016-12-31T23:59:60Z"), *ParseRfc3339("2017-01-01T00:00:00Z"));
  for (const char* text : {"", "1994-11-06", "1994-11-06T08:49:37", "1994-11-06T08:49:37.Z", "1994-11-06T08:49:37+1",
                           "1994-11-06T08:49:37+24:00", "1994-11-31T08:49:37Z", "1994-11-06T08:49:37Zx"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(ParseHttpDate, ReadsTheFixedFormOfTheRfc) {
  EXPECT_EQ(*ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), kExample);
  for (const char* text :
       {"", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nop 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT "}) {
    EXPECT_FALSE(ParseHttpDate(text)) << text;
  }
}

}  // namespace
}  // namespace signpost
