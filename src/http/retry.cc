#include "http/retry.h"

#include <algorithm>

#include <fmt/format.h>

namespace signpost::http {
namespace {

constexpr int kTokensPerRetry = 5;
constexpr int kTokensPerSilence = 10;

/// min(max_delay, base_delay * 2^(n-1)), for n from 1.
std::chrono::milliseconds LongestDelay(const RetryPolicy& policy, int n) {
  std::chrono::milliseconds delay = policy.base_delay;
  for (int i = 1; i < n && delay < policy.max_delay; ++i) delay *= 2;
  return std::min(delay, policy.max_delay);
}

}  // namespace

bool IsRetryable(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kThrottled;
}

int RetryBudget::Withdraw(const Error& error) {
  const int cost = error.http_status == 0 ? kTokensPerSilence : kTokensPerRetry;
  const std::lock_guard lock(mutex_);
  if (tokens_ < cost) return 0;
  tokens_ -= cost;
  return cost;
}

void RetryBudget::Deposit(int tokens) {
  const std::lock_guard lock(mutex_);
  tokens_ = std::min(capacity_, tokens_ + std::max(tokens, 1));
}

int RetryBudget::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

Retrier::Retrier(RetryPolicy policy, RetryBudget* budget, const Clock* clock, Sleeper* sleeper, Random* random)
    : policy_(policy), budget_(budget), clock_(clock), sleeper_(sleeper), random_(random) {}

bool Retrier::WaitBeforeRetry(const CallContext& context, int n, Error* error, int* withdrawn) {
  const auto give_up = [&](std::string_view why) {
    if (n > 1 || !why.empty()) {
      error->message += fmt::format(" (after {} attempt{}{})", n, n == 1 ? "" : "s", why);
    }
    return false;
  };
  if (!IsRetryable(*error) || n >= policy_.max_attempts) return give_up("");
  const auto longest = static_cast<std::uint64_t>(LongestDelay(policy_, n).count());
  std::chrono::milliseconds wait(random_->Next() % (longest + 1));
  if (error->retry_after) wait = std::max(wait, std::min(*error->retry_after, policy_.max_retry_after));
  if (context.deadline && wait >= *context.deadline - clock_->Now()) return give_up("; no time is left for another");
  const int tokens = budget_->Withdraw(*error);
  if (tokens == 0) return give_up("; the retry budget is spent");
  *withdrawn += tokens;
  sleeper_->SleepFor(wait, context.stop);
  return true;
}

}  // namespace signpost::http
