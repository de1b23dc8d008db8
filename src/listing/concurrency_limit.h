#pragma once

#include <cstdint>

#include "base/clock.h"

namespace signpost::listing {

/// How many requests may be in flight while a server may ask to slow down. It begins with 4 and takes one more for each
/// answer, until the first refusal; a refusal takes it down to 0.7 of what it was; then it goes back quickly to just
/// below where it was refused, and from there on by one for each second without a refusal. Refusals of requests that
/// were sent before the last step down are its echo and count no more. Not thread-safe; the time is passed in.
class ConcurrencyLimit {
 public:
  /// `most`: 1 or more.
  explicit ConcurrencyLimit(int most);

  int limit() const { return static_cast<int>(limit_); }

  /// A request is sent; its ticket goes into one of the two below.
  std::uint64_t Begin() const { return steps_down_; }
  void Answered(std::uint64_t ticket, TimePoint now);
  void Refused(std::uint64_t ticket, TimePoint now);

  /// Whether no request that was sent after the last step down has been answered yet: no load should be added.
  bool IsSlowedDown() const { return slowed_down_; }

 private:
  static constexpr std::chrono::seconds kCleanInterval{1};

  const double most_;
  double limit_;
  double refused_at_ = 0;  // the limit at the last step down
  std::uint64_t steps_down_ = 0;
  bool slowed_down_ = false;
  TimePoint stepped_{};  // the last step down, or up by one
};

}  // namespace signpost::listing
