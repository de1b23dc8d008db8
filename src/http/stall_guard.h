#pragma once

#include <chrono>
#include <cstdint>

namespace signpost::http {

/// Decides when a transfer has stalled: no byte either way for `idle_timeout`, or a body that moves, but by less than
/// `min_bytes_per_second` on average over `idle_timeout`. The time in which the service prepares its answer counts as
/// idle, not as slow. Pure: the time is passed in.
class StallGuard {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `body_bytes` is the size of the request's body. `min_bytes_per_second` of 0: any byte will do.
  StallGuard(std::chrono::milliseconds idle_timeout, std::uint64_t min_bytes_per_second, std::uint64_t body_bytes,
             Time now)
      : idle_timeout_(idle_timeout),
        min_bytes_per_second_(min_bytes_per_second),
        body_bytes_(body_bytes),
        last_byte_(now),
        window_start_(now) {}

  /// Takes note of all bytes moved since the beginning: `sent` of the body, `received` of head and body. True when the
  /// transfer has stalled.
  bool Stalled(Time now, std::uint64_t sent, std::uint64_t received);

  /// How long Stalled() need not be called if no byte moves; at least 1 ms.
  std::chrono::milliseconds Patience(Time now) const;

 private:
  enum class Phase { kWaiting, kSending, kReceiving };

  const std::chrono::milliseconds idle_timeout_;
  const std::uint64_t min_bytes_per_second_;
  const std::uint64_t body_bytes_;
  std::uint64_t moved_ = 0;
  Time last_byte_;
  Phase phase_ = Phase::kWaiting;
  Time window_start_;
  std::uint64_t moved_before_window_ = 0;
};

}  // namespace signpost::http
