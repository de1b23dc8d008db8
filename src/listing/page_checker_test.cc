#include "listing/page_checker.h"

#include <initializer_list>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::listing {
namespace {

using ::testing::HasSubstr;

s3::ListPage PageOf(std::initializer_list<std::string_view> keys, std::string token = "") {
  s3::ListPage page;
  for (const std::string_view key : keys) page.objects.push_back({.key = key});
  page.is_truncated = !token.empty();
  page.next_continuation_token = std::move(token);
  return page;
}

TEST(PageChecker, AcceptsIncreasingKeysOverPages) {
  PageChecker checker("a/", KeyOrder::kBytes);
  EXPECT_TRUE(checker.Check(PageOf({"a/1", "a/10", "a/2"}, "t1")));
  EXPECT_TRUE(checker.Check(PageOf({}, "t2")));
  EXPECT_TRUE(checker.Check(PageOf({"a/3"})));
}

TEST(PageChecker, ComparesUnsignedBytes) {
  // U+FFFF is EF BF BF, U+10000 is F0 90 80 80: UTF-16 would order them the other way round.
  PageChecker checker("", KeyOrder::kBytes);
  EXPECT_TRUE(checker.Check(PageOf({"z", "\xc3\xa9", "\xef\xbf\xbf", "\xf0\x90\x80\x80"})));
}

TEST(PageChecker, RefusesAKeyThatComesAgain) {
  PageChecker checker("", KeyOrder::kBytes);
  ASSERT_TRUE(checker.Check(PageOf({"a", "b"}, "t")));
  const Status again = checker.Check(PageOf({"b", "c"}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kDataLoss);
}

TEST(PageChecker, NamesSerialListingWhenKeysGoBack) {
  PageChecker checker("", KeyOrder::kBytes);
  const Status disorder = checker.Check(PageOf({"obj/1", "obj!"}));
  ASSERT_FALSE(disorder);
  EXPECT_THAT(disorder.error().message, HasSubstr("--listing serial"));
  EXPECT_THAT(disorder.error().message, HasSubstr("'obj!'"));
}

TEST(PageChecker, TakesAnyOrderOfTheServerWhenAsked) {
  PageChecker checker("obj", KeyOrder::kServer);
  EXPECT_TRUE(checker.Check(PageOf({"obj/1", "obj!"}, "t")));
  EXPECT_TRUE(checker.Check(PageOf({"obj!a", "obj"})));
}

TEST(PageChecker, RefusesAKeyOutsideThePrefixInEitherOrder) {
  for (const KeyOrder order : {KeyOrder::kBytes, KeyOrder::kServer}) {
    PageChecker checker("in/", order);
    const Status outside = checker.Check(PageOf({"in/a", "out/b"}));
    ASSERT_FALSE(outside);
    EXPECT_THAT(outside.error().message, HasSubstr("outside the prefix"));
  }
}

class TokenCycle : public ::testing::TestWithParam<int> {};

TEST_P(TokenCycle, IsFoundWithinThreeTimesItsLengthAfterItsStart) {
  const int length = GetParam();
  for (const int lead_in : {0, 1, 5}) {
    PageChecker checker("", KeyOrder::kServer);
    int pages = 0;
    Status status;
    while (status && pages < 1000) {
      const int place = pages < lead_in ? pages : 1000 + (pages - lead_in) % length;
      status = checker.Check(PageOf({}, "token-" + std::to_string(place)));
      ++pages;
    }
    EXPECT_FALSE(status) << "length " << length << ", lead-in " << lead_in;
    EXPECT_LE(pages, 3 * (length + lead_in) + 3) << "length " << length << ", lead-in " << lead_in;
  }
}

INSTANTIATE_TEST_SUITE_P(Lengths, TokenCycle, ::testing::Values(1, 2, 3, 7, 64));

TEST(PageChecker, AcceptsALongListingOfDifferentTokens) {
  PageChecker checker("", KeyOrder::kServer);
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(checker.Check(PageOf({}, "token-" + std::to_string(i))));
}

TEST(Printable, EscapesControlAndHighBytesAndCutsLongKeys) {
  EXPECT_EQ(Printable("a\n\x1b[0m\xc3\xa9"), "a\\x0a\\x1b[0m\\xc3\\xa9");
  EXPECT_EQ(Printable(std::string(200, 'x')), std::string(100, 'x') + "...");
}

}  // namespace
}  // namespace signpost::listing
