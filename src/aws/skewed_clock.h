#pragma once

#include <atomic>

#include "base/clock.h"

namespace signpost::aws {

/// A clock corrected by a server's `Date`: what requests and URLs are signed with. Thread-safe.
class SkewedClock final : public Clock {
 public:
  /// `local` must outlive this object.
  explicit SkewedClock(const Clock* local) : local_(local) {}

  TimePoint Now() const override { return local_->Now() + offset(); }

  /// From now on runs as `server` did at this moment.
  void CorrectTo(TimePoint server) { offset_ = (server - local_->Now()).count(); }
  std::chrono::milliseconds offset() const { return std::chrono::milliseconds(offset_.load()); }

 private:
  const Clock* const local_;
  std::atomic<std::int64_t> offset_{0};
};

}  // namespace signpost::aws
