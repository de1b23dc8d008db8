#include "http/stall_guard.h"

#include <algorithm>

namespace signpost::http {

bool StallGuard::Stalled(Time now, std::uint64_t sent, std::uint64_t received) {
  if (const std::uint64_t moved = sent + received; moved != moved_) {
    moved_ = moved;
    last_byte_ = now;
  }
  if (now - last_byte_ >= idle_timeout_) return true;
  const Phase phase = received > 0 ? Phase::kReceiving : sent < body_bytes_ ? Phase::kSending : Phase::kWaiting;
  if (phase != phase_) {
    phase_ = phase;
    window_start_ = now;
    moved_before_window_ = moved_;
  }
  if (phase_ == Phase::kWaiting || now - window_start_ < idle_timeout_) return false;
  const double seconds = std::chrono::duration<double>(now - window_start_).count();
  const auto in_window = static_cast<double>(moved_ - moved_before_window_);
  window_start_ = now;
  moved_before_window_ = moved_;
  return in_window < static_cast<double>(min_bytes_per_second_) * seconds;
}

std::chrono::milliseconds StallGuard::Patience(Time now) const {
  Time next = last_byte_ + idle_timeout_;
  if (phase_ != Phase::kWaiting) next = std::min(next, window_start_ + idle_timeout_);
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(next - now), std::chrono::milliseconds(1));
}

}  // namespace signpost::http
