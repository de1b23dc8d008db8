#include "listing/concurrency_limit.h"

#include <gtest/gtest.h>

namespace signpost::listing {
namespace {

using std::chrono::milliseconds;

TimePoint At(int ms) { return TimePoint(milliseconds(1'700'000'000'000 + ms)); }

void AnswerAll(ConcurrencyLimit* limit, int count, TimePoint now) {
  for (int i = 0; i < count; ++i) limit->Answered(limit->Begin(), now);
}

TEST(ConcurrencyLimit, DoublesWithEveryRoundFromFourUpToTheMost) {
  ConcurrencyLimit limit(20);
  EXPECT_EQ(limit.limit(), 4);
  AnswerAll(&limit, 4, At(0));
  EXPECT_EQ(limit.limit(), 8);
  AnswerAll(&limit, 8, At(1));
  EXPECT_EQ(limit.limit(), 16);
  AnswerAll(&limit, 16, At(2));
  EXPECT_EQ(limit.limit(), 20);
}

TEST(ConcurrencyLimit, BeginsBelowFourWhenNoMoreAreAllowed) { EXPECT_EQ(ConcurrencyLimit(2).limit(), 2); }

TEST(ConcurrencyLimit, StepsDownOnceForAllThatWasSentBefore) {
  ConcurrencyLimit limit(100);
  AnswerAll(&limit, 36, At(0));
  ASSERT_EQ(limit.limit(), 40);
  const auto before = limit.Begin();
  limit.Refused(before, At(10));
  EXPECT_EQ(limit.limit(), 28);
  limit.Refused(before, At(11));
  EXPECT_EQ(limit.limit(), 28) << "an echo";
  limit.Refused(limit.Begin(), At(12));
  EXPECT_EQ(limit.limit(), 19);
}

TEST(ConcurrencyLimit, GoesBackToJustBelowTheRefusalThenUpByOneASecond) {
  ConcurrencyLimit limit(100);
  AnswerAll(&limit, 36, At(0));
  limit.Refused(limit.Begin(), At(0));
  AnswerAll(&limit, 1000, At(999));
  EXPECT_EQ(limit.limit(), 36) << "0.9 of 40";
  AnswerAll(&limit, 1000, At(1000));
  EXPECT_EQ(limit.limit(), 37);
  AnswerAll(&limit, 1000, At(1999));
  EXPECT_EQ(limit.limit(), 37);
  AnswerAll(&limit, 1000, At(2000));
  EXPECT_EQ(limit.limit(), 38);
}

TEST(ConcurrencyLimit, NeverFallsBelowOne) {
  ConcurrencyLimit limit(8);
  for (int i = 0; i < 50; ++i) limit.Refused(limit.Begin(), At(i));
  EXPECT_EQ(limit.limit(), 1);
}

TEST(ConcurrencyLimit, IsSlowedDownUntilAnAnswerToWhatWasSentAfterTheRefusal) {
  ConcurrencyLimit limit(8);
  EXPECT_FALSE(limit.IsSlowedDown());
  const auto before = limit.Begin();
  limit.Refused(before, At(0));
  EXPECT_TRUE(limit.IsSlowedDown());
  limit.Answered(before, At(1));
  EXPECT_TRUE(limit.IsSlowedDown()) << "sent before";
  limit.Answered(limit.Begin(), At(2));
  EXPECT_FALSE(limit.IsSlowedDown());
}

}  // namespace
}  // namespace signpost::listing
