#include "lambda/time_window.h"

#include <algorithm>

namespace signpost::lambda {

TimeWindow WindowOf(std::optional<TimePoint> deadline, TimePoint now) {
  using std::chrono::milliseconds;
  const TimePoint end = std::min(deadline.value_or(now + kAssumedTimeout), now + kLongestTimeout);
  const milliseconds left = std::max(end - now, milliseconds(0));
  const milliseconds margin = std::min<milliseconds>(kLargestMargin, left / 4);
  return {.stop_work_at = end - margin, .margin = margin};
}

}  // namespace signpost::lambda
