#include "listing/throttle.h"

namespace signpost::listing {

Result<std::uint64_t> Throttle::Enter(const CallContext& context) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, context.stop, [this] { return in_flight_ < limit_.limit(); })) {
    return Fail(ErrorCode::kCancelled, "cancelled");
  }
  Status in_time = context.Check(clock_->Now());
  if (!in_time) return Forward(in_time);
  ++in_flight_;
  return limit_.Begin();
}

void Throttle::Leave(std::uint64_t ticket, const Status& outcome) {
  {
    const std::lock_guard lock(mutex_);
    --in_flight_;
    if (outcome) {
      limit_.Answered(ticket, clock_->Now());
    } else if (outcome.error().code == ErrorCode::kThrottled) {
      limit_.Refused(ticket, clock_->Now());
    }
  }
  changed_.notify_all();
}

int Throttle::limit() const {
  const std::lock_guard lock(mutex_);
  return limit_.limit();
}

bool Throttle::IsSlowedDown() const {
  const std::lock_guard lock(mutex_);
  return limit_.IsSlowedDown();
}

}  // namespace signpost::listing
