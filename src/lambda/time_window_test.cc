#include "lambda/time_window.h"

#include <gtest/gtest.h>

namespace signpost::lambda {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

TEST(TimeWindow, P3_KeepsTenSecondsOfALongInvocation) {
  const TimeWindow window = WindowOf(kNow + seconds(900), kNow);
  EXPECT_EQ(window.stop_work_at, kNow + seconds(890));
  EXPECT_EQ(window.margin, seconds(10));
  EXPECT_EQ(window.clean_up_within(), seconds(5));
}

TEST(TimeWindow, P3_KeepsAQuarterOfAShortInvocation) {
  const TimeWindow window = WindowOf(kNow + seconds(3), kNow);
  EXPECT_EQ(window.stop_work_at, kNow + milliseconds(2'250));
  EXPECT_EQ(window.margin, milliseconds(750));
}

TEST(TimeWindow, P4_AssumesLambdasShortestDefaultWhenTheDeadlineIsAbsent) {
  EXPECT_EQ(WindowOf(std::nullopt, kNow).stop_work_at, WindowOf(kNow + seconds(3), kNow).stop_work_at);
}

TEST(TimeWindow, P4_APastDeadlineLeavesNothing) {
  EXPECT_LE(WindowOf(kNow - hours(1), kNow).stop_work_at, kNow);
  EXPECT_LE(WindowOf(kNow, kNow).stop_work_at, kNow);
  EXPECT_EQ(WindowOf(TimePoint(milliseconds(0)), kNow).margin, milliseconds(0));
}

TEST(TimeWindow, P4_AFarDeadlineIsNotBelieved) {
  EXPECT_EQ(WindowOf(kNow + hours(24 * 365 * 1000), kNow).stop_work_at, kNow + seconds(890));
}

}  // namespace
}  // namespace signpost::lambda
