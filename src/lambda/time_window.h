#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace signpost::lambda {

/// How an invocation's time is shared out, so that the function is never ended by Lambda.
struct TimeWindow {
  TimePoint stop_work_at;               ///< The job's deadline: Lambda's, less the margin.
  std::chrono::milliseconds margin{0};  ///< For cleaning up, giving the lock back, and answering.

  /// The part of the margin that removing an unfinished manifest may take.
  std::chrono::milliseconds clean_up_within() const { return margin / 2; }
};

/// The time taken when Lambda does not tell its deadline: its own default time-out.
inline constexpr std::chrono::seconds kAssumedTimeout{3};
/// Lambda's longest time-out; a deadline further away counts as this far.
inline constexpr std::chrono::seconds kLongestTimeout{900};
/// The margin, where a quarter of the whole time is not less.
inline constexpr std::chrono::seconds kLargestMargin{10};

/// The window of an invocation that was received at `now`.
TimeWindow WindowOf(std::optional<TimePoint> deadline, TimePoint now);

}  // namespace signpost::lambda
