#include "http/retry.h"

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "testing/fake_time.h"

namespace signpost::http {
namespace {

using namespace std::chrono_literals;
using testing::FakeClock;
using testing::FakeSleeper;
using testing::SeededRandom;

Error Failure(ErrorCode code, int http_status) {
  Error error;
  error.code = code;
  error.message = "it failed";
  error.http_status = http_status;
  return error;
}

class RetryTest : public ::testing::Test {
 protected:
  Retrier Make(RetryPolicy policy = {}) { return Retrier(policy, &budget_, &clock_, &sleeper_, &random_); }

  FakeClock clock_;
  FakeSleeper sleeper_{&clock_};
  SeededRandom random_{42};
  RetryBudget budget_;
};

TEST_F(RetryTest, OnlyUnavailableAndThrottledAreRetried) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const bool expected = code == ErrorCode::kUnavailable || code == ErrorCode::kThrottled;
    EXPECT_EQ(IsRetryable(Failure(code, 0)), expected) << Name(code);
    int calls = 0;
    const Status outcome = Make({.max_attempts = 3}).Run({}, [&]() -> Status {
      ++calls;
      return std::unexpected(Failure(code, 500));
    });
    EXPECT_EQ(calls, expected ? 3 : 1) << Name(code);
    EXPECT_EQ(outcome.error().message, expected ? "it failed (after 3 attempts)" : "it failed");
  }
}

TEST_F(RetryTest, DelaysAreFullJitterUnderDoublingBoundsUpToTheCap) {
  const Status outcome = Make({.max_attempts = 10, .base_delay = 100ms, .max_delay = 5s}).Run({}, []() -> Status {
    return std::unexpected(Failure(ErrorCode::kThrottled, 503));
  });
  ASSERT_FALSE(outcome);
  std::mt19937_64 same(42);
  std::vector<std::chrono::milliseconds> expected;
  for (const std::uint64_t bound : {100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000}) {
    expected.emplace_back(same() % (bound + 1));
  }
  EXPECT_EQ(sleeper_.waits(), expected);
}

TEST_F(RetryTest, RetryAfterIsTheLeastWait) {
  int calls = 0;
  const Result<int> outcome = Make().Run({}, [&]() -> Result<int> {
    if (++calls == 3) return 7;
    Error error = Failure(ErrorCode::kThrottled, 503);
    error.retry_after = 3s;
    return std::unexpected(error);
  });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, 7);
  EXPECT_EQ(sleeper_.waits(), (std::vector<std::chrono::milliseconds>{3s, 3s}));
}

TEST_F(RetryTest, RetryAfterIsObeyedUpToItsBound) {
  for (const auto& [asked, waited] : {std::pair<std::chrono::seconds, std::chrono::seconds>{59s, 59s},
                                      {60s, 60s},
                                      {61s, 60s},
                                      {24h, 60s},
                                      {std::chrono::seconds(4'294'967'295), 60s}}) {
    FakeSleeper sleeper(&clock_);
    Retrier retrier({.max_attempts = 2}, &budget_, &clock_, &sleeper, &random_);
    const Status outcome = retrier.Run({}, [&]() -> Status {
      Error error = Failure(ErrorCode::kThrottled, 503);
      error.retry_after = asked;
      return std::unexpected(error);
    });
    EXPECT_FALSE(outcome);
    EXPECT_EQ(sleeper.waits(), (std::vector<std::chrono::milliseconds>{waited})) << asked.count() << " s";
  }
}

TEST_F(RetryTest, AWaitThatWouldEndAfterTheDeadlineIsNotBegun) {
  CallContext context;
  context.deadline = clock_.Now() + 3s;
  int calls = 0;
  const Status outcome = Make().Run(context, [&]() -> Status {
    ++calls;
    Error error = Failure(ErrorCode::kUnavailable, 503);
    error.retry_after = 2s;
    return std::unexpected(error);
  });
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(sleeper_.waits(), (std::vector<std::chrono::milliseconds>{2s}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(budget_.tokens(), 495);  // The second failure took nothing.
}

TEST_F(RetryTest, NothingBeginsAfterTheDeadlineOrAStop) {
  int calls = 0;
  const auto attempt = [&]() -> Status { return ++calls, Status(); };
  CallContext late;
  late.deadline = clock_.Now();
  EXPECT_EQ(Make().Run(late, attempt).error().code, ErrorCode::kDeadlineExceeded);
  std::stop_source source;
  source.request_stop();
  CallContext stopped;
  stopped.stop = source.get_token();
  EXPECT_EQ(Make().Run(stopped, attempt).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(calls, 0);
}

TEST_F(RetryTest, AStopDuringAWaitEndsItAtOnce) {
  SystemSleeper real;
  const Retrier retrier({.max_attempts = 2}, &budget_, &clock_, &real, &random_);
  std::stop_source source;
  CallContext context;
  context.stop = source.get_token();
  std::jthread stopper;
  const auto start = std::chrono::steady_clock::now();
  const Status outcome = Retrier(retrier).Run(context, [&]() -> Status {
    stopper = std::jthread([&] { source.request_stop(); });
    Error error = Failure(ErrorCode::kUnavailable, 0);
    error.retry_after = 1h;
    return std::unexpected(error);
  });
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(RetryTest, TokensAreTakenPerRetryAndGivenBackBySuccess) {
  RetryBudget budget(22);
  EXPECT_EQ(budget.Withdraw(Failure(ErrorCode::kThrottled, 503)), 5);
  EXPECT_EQ(budget.Withdraw(Failure(ErrorCode::kUnavailable, 0)), 10);
  EXPECT_EQ(budget.tokens(), 7);
  EXPECT_EQ(budget.Withdraw(Failure(ErrorCode::kUnavailable, 0)), 0);
  EXPECT_EQ(budget.Withdraw(Failure(ErrorCode::kUnavailable, 500)), 5);
  EXPECT_EQ(budget.Withdraw(Failure(ErrorCode::kUnavailable, 500)), 0);
  EXPECT_EQ(budget.tokens(), 2);
  budget.Deposit(0);
  EXPECT_EQ(budget.tokens(), 3);
  budget.Deposit(15);
  EXPECT_EQ(budget.tokens(), 18);
  budget.Deposit(15);
  EXPECT_EQ(budget.tokens(), 22);
}

TEST_F(RetryTest, ARetriedCallThatSucceedsGivesBackAllItTook) {
  int calls = 0;
  ASSERT_TRUE(Make().Run({}, [&]() -> Status {
    if (++calls == 4) return {};
    return std::unexpected(Failure(ErrorCode::kThrottled, 503));
  }));
  EXPECT_EQ(budget_.tokens(), 500);
}

TEST_F(RetryTest, N11_AnEndlessStormStaysWithinAttemptsAndBudget) {
  constexpr int kThreads = 16;
  constexpr int kCallsPerThread = 50;
  Retrier retrier = Make();
  std::atomic<int> attempts = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kCallsPerThread; ++i) {
        int mine = 0;
        const Status outcome = retrier.Run({}, [&]() -> Status {
          ++attempts;
          ++mine;
          return std::unexpected(Failure(ErrorCode::kThrottled, 503));
        });
        EXPECT_EQ(outcome.error().code, ErrorCode::kThrottled);
        EXPECT_LE(mine, 8);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(attempts, kThreads * kCallsPerThread + 500 / 5);  // One each, and what the budget holds.
  EXPECT_EQ(budget_.tokens(), 0);
}

}  // namespace
}  // namespace signpost::http
