#include "http/stall_guard.h"

#include <gtest/gtest.h>

namespace signpost::http {
namespace {

using namespace std::chrono_literals;

constexpr StallGuard::Time kStart{};

TEST(StallGuard, NoByteForTheIdleTimeoutIsAStallAndOneByteIsNot) {
  StallGuard guard(20s, 0, 0, kStart);
  EXPECT_FALSE(guard.Stalled(kStart + 19'999ms, 0, 0));
  EXPECT_FALSE(guard.Stalled(kStart + 19'999ms, 0, 1));
  EXPECT_FALSE(guard.Stalled(kStart + 39'998ms, 0, 1));
  EXPECT_TRUE(guard.Stalled(kStart + 39'999ms, 0, 1));
}

TEST(StallGuard, OneByteASecondIsAStallUnlessAnySpeedWillDo) {
  for (const bool limited : {true, false}) {
    StallGuard guard(20s, limited ? 100 : 0, 0, kStart);
    bool stalled = false;
    for (int s = 1; s <= 300; ++s) stalled = stalled || guard.Stalled(kStart + s * 1s, 0, static_cast<unsigned>(s));
    EXPECT_EQ(stalled, limited);
  }
}

TEST(StallGuard, TheLimitItselfIsFastEnough) {
  StallGuard at(20s, 100, 0, kStart);
  StallGuard below(20s, 100, 0, kStart);
  EXPECT_FALSE(at.Stalled(kStart, 0, 1));
  EXPECT_FALSE(below.Stalled(kStart, 0, 1));
  EXPECT_FALSE(at.Stalled(kStart + 20s, 0, 2001));
  EXPECT_TRUE(below.Stalled(kStart + 20s, 0, 2000));
}

TEST(StallGuard, AServiceThatThinksAfterASmallUploadIsNotSlow) {
  StallGuard guard(20s, 100, 10, kStart);
  EXPECT_FALSE(guard.Stalled(kStart + 1ms, 10, 0));
  EXPECT_FALSE(guard.Stalled(kStart + 19s, 10, 0));
  EXPECT_FALSE(guard.Stalled(kStart + 20s, 10, 300));  // The answer's head.
  EXPECT_FALSE(guard.Stalled(kStart + 39s, 10, 9000));
}

TEST(StallGuard, AnUploadThatSlowsDownStalls) {
  StallGuard guard(20s, 100, 1 << 20, kStart);
  EXPECT_FALSE(guard.Stalled(kStart, 0, 0));
  EXPECT_FALSE(guard.Stalled(kStart + 1s, 500'000, 0));
  EXPECT_FALSE(guard.Stalled(kStart + 19s, 500'001, 0));
  EXPECT_FALSE(guard.Stalled(kStart + 21s, 500'002, 0));
  EXPECT_FALSE(guard.Stalled(kStart + 40s, 500'003, 0));
  EXPECT_TRUE(guard.Stalled(kStart + 41s, 500'004, 0));
}

TEST(StallGuard, PatienceEndsWhenTheNextStallCouldShow) {
  StallGuard guard(20s, 100, 0, kStart);
  EXPECT_EQ(guard.Patience(kStart), 20s);
  EXPECT_FALSE(guard.Stalled(kStart + 5s, 0, 1));
  EXPECT_EQ(guard.Patience(kStart + 5s), 20s);
  EXPECT_FALSE(guard.Stalled(kStart + 10s, 0, 100'000));
  EXPECT_EQ(guard.Patience(kStart + 10s), 15s);  // The window that began with the first byte.
  EXPECT_EQ(guard.Patience(kStart + 1h), 1ms);
}

}  // namespace
}  // namespace signpost::http
