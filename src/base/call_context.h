#pragma once

#include <optional>
#include <stop_token>

#include "signpost/error.h"

#include "base/clock.h"

namespace signpost {

/// How long a call may go on: until somebody asks to stop, or the job's deadline. Passed down by reference; cheap to
/// copy.
struct CallContext {
  std::stop_token stop;
  std::optional<TimePoint> deadline;  ///< Wall-clock; empty means none.

  /// kCancelled or kDeadlineExceeded when the call must not begin anything new at `now`.
  Status Check(TimePoint now) const {
    if (stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled");
    if (deadline && now >= *deadline) return Fail(ErrorCode::kDeadlineExceeded, "the deadline has passed");
    return {};
  }
};

}  // namespace signpost
