#pragma once

#include <condition_variable>
#include <mutex>

#include "listing/concurrency_limit.h"
#include "s3/attempt_gate.h"

namespace signpost::listing {

/// The one gate that all list requests of a job pass, retries included: as many at once as ConcurrencyLimit allows.
/// Thread-safe.
class Throttle final : public s3::AttemptGate {
 public:
  /// `clock` must outlive this one.
  Throttle(int most, const Clock* clock) : clock_(clock), limit_(most) {}

  Result<std::uint64_t> Enter(const CallContext& context) override;
  void Leave(std::uint64_t ticket, const Status& outcome) override;

  int limit() const;
  /// The server has asked to slow down, and has answered nothing since.
  bool IsSlowedDown() const;

 private:
  const Clock* const clock_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  ConcurrencyLimit limit_;  // guarded by mutex_
  int in_flight_ = 0;       // guarded by mutex_
};

}  // namespace signpost::listing
