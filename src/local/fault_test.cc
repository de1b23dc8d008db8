#include "local/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::local {
namespace {

using ::testing::HasSubstr;

TEST(Faults, HappenAsOftenAsAsked) {
  const auto counts = ParseFaults("next-500:2,no-deadline");
  ASSERT_TRUE(counts) << counts.error().ToString();
  Misbehaviour misbehaviour(*counts);
  EXPECT_TRUE(misbehaviour.Take(Fault::kNext500));
  EXPECT_TRUE(misbehaviour.Take(Fault::kNext500));
  EXPECT_FALSE(misbehaviour.Take(Fault::kNext500));
  for (int n = 0; n < 10; ++n) EXPECT_TRUE(misbehaviour.Take(Fault::kNoDeadline));
  EXPECT_FALSE(misbehaviour.Take(Fault::kNextDrop));
}

TEST(Faults, UnknownNameIsRefusedWithThoseThatAreKnown) {
  const auto counts = ParseFaults("next-500,explode");
  ASSERT_FALSE(counts);
  EXPECT_EQ(counts.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(counts.error().message, HasSubstr("'explode'"));
  EXPECT_THAT(counts.error().message, HasSubstr("response-drop"));
}

TEST(Faults, NumberOfTimesMustBeOneOrMore) {
  for (const char* list : {"next-500:0", "next-500:-1", "next-500:", "next-500:two", "next-500:1x", "", "next-500,"}) {
    EXPECT_FALSE(ParseFaults(list)) << list;
  }
}

TEST(Faults, EveryNameIsUnderstood) {
  const auto counts = ParseFaults([] {
    std::string names = FaultNames();
    std::erase(names, ' ');
    return names;
  }());
  ASSERT_TRUE(counts) << counts.error().ToString();
  EXPECT_EQ(counts->size(), 13U);
}

}  // namespace
}  // namespace signpost::local
