#pragma once

#include <chrono>
#include <mutex>

#include "signpost/error.h"

#include "base/call_context.h"
#include "base/clock.h"

namespace signpost::http {

/// Whether the same call may succeed later: kUnavailable and kThrottled. The one place that decides.
bool IsRetryable(const Error& error);

struct RetryPolicy {
  int max_attempts = 8;                         ///< Calls in all, the first one included.
  std::chrono::milliseconds base_delay{100};    ///< Upper bound of the first wait; doubles each time.
  std::chrono::milliseconds max_delay{20'000};  ///< Upper bound of any wait of our own choice.
  /// The most that is obeyed of a service's Retry-After: a mistaken one (a day) must not put a job to sleep.
  std::chrono::milliseconds max_retry_after{60'000};
};

/// A token bucket shared by all calls of a job, so that a storm of failures cannot multiply the load: a retry takes 5
/// tokens (10 after no answer at all), a call that succeeds puts one back, a retried call that succeeds what it took.
/// Thread-safe.
class RetryBudget {
 public:
  explicit RetryBudget(int capacity = 500) : capacity_(capacity), tokens_(capacity) {}

  /// The tokens taken, or 0 when there are too few and `error` may not be retried.
  int Withdraw(const Error& error);

  /// Puts back what a retry took, or 1 when `tokens` is 0.
  void Deposit(int tokens);

  int tokens() const;

 private:
  const int capacity_;
  mutable std::mutex mutex_;
  int tokens_;  // guarded by mutex_
};

/// Runs a call until it succeeds, fails for good, or attempts, budget or time run out. Full jitter: each wait is drawn
/// uniformly from 0 to min(max_delay, base_delay * 2^n), and is at least the service's Retry-After, up to
/// max_retry_after. Thread-safe.
class Retrier {
 public:
  /// The referenced objects must outlive this one.
  Retrier(RetryPolicy policy, RetryBudget* budget, const Clock* clock, Sleeper* sleeper, Random* random);

  /// `attempt` returns a Result<T> or Status. The last error is returned as it is, with the number of attempts in its
  /// message when there was more than one. A wait that would end after the deadline is not begun.
  template <typename Attempt>
  auto Run(const CallContext& context, Attempt&& attempt) -> decltype(attempt()) {
    int withdrawn = 0;
    for (int n = 1;; ++n) {
      if (Status ready = context.Check(clock_->Now()); !ready) return Forward(ready);
      auto result = attempt();
      if (result) {
        budget_->Deposit(withdrawn);
        return result;
      }
      if (!WaitBeforeRetry(context, n, &result.error(), &withdrawn)) return result;
    }
  }

  const Clock& clock() const { return *clock_; }

 private:
  /// False when attempt `n`'s error is final; then the error says how many attempts were made.
  bool WaitBeforeRetry(const CallContext& context, int n, Error* error, int* withdrawn);

  const RetryPolicy policy_;
  RetryBudget* const budget_;
  const Clock* const clock_;
  Sleeper* const sleeper_;
  Random* const random_;
};

}  // namespace signpost::http
