#include "listing/throttle.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::listing {
namespace {

Status Refusal() { return Fail(ErrorCode::kThrottled, "slow down"); }

TEST(Throttle, LetsNoMoreInThanTheLimit) {
  const SystemClock clock;
  Throttle throttle(3, &clock);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 12; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 200; ++round) {
          auto ticket = throttle.Enter({});
          ASSERT_TRUE(ticket);
          const int now = ++inside;
          int seen = most.load();
          while (now > seen && !most.compare_exchange_weak(seen, now)) {
          }
          std::this_thread::yield();
          --inside;
          throttle.Leave(*ticket, {});
        }
      });
    }
  }
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

TEST(Throttle, WaitingEndsWithAStop) {
  const SystemClock clock;
  Throttle throttle(1, &clock);
  ASSERT_TRUE(throttle.Enter({}));
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  auto second = throttle.Enter({.stop = stop.get_token()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kCancelled);
}

TEST(Throttle, BeginsNothingAfterTheDeadline) {
  const SystemClock clock;
  Throttle throttle(1, &clock);
  auto late = throttle.Enter({.stop = {}, .deadline = clock.Now()});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_TRUE(throttle.Enter({})) << "the refused one took no place";
}

TEST(Throttle, OnlyARefusalForLoadTakesTheLimitDown) {
  const SystemClock clock;
  Throttle throttle(100, &clock);
  throttle.Leave(*throttle.Enter({}), Fail(ErrorCode::kUnavailable, "reset"));
  EXPECT_EQ(throttle.limit(), 4);
  EXPECT_FALSE(throttle.IsSlowedDown());
  throttle.Leave(*throttle.Enter({}), Refusal());
  EXPECT_EQ(throttle.limit(), 2);
  EXPECT_TRUE(throttle.IsSlowedDown());
  throttle.Leave(*throttle.Enter({}), {});
  EXPECT_FALSE(throttle.IsSlowedDown());
}

}  // namespace
}  // namespace signpost::listing
