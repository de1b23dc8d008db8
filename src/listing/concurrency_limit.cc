#include "listing/concurrency_limit.h"

#include <algorithm>

namespace signpost::listing {
namespace {

constexpr double kFirst = 4;
constexpr double kDown = 0.7;
constexpr double kBackTo = 0.9;

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(int most) : most_(most), limit_(std::min<double>(most, kFirst)) {}

void ConcurrencyLimit::Answered(std::uint64_t ticket, TimePoint now) {
  if (ticket == steps_down_) slowed_down_ = false;
  if (steps_down_ == 0 || limit_ < kBackTo * refused_at_) {
    limit_ += steps_down_ == 0 ? 1 : 1 / limit_;
  } else if (now - stepped_ >= kCleanInterval) {
    limit_ += 1;
    stepped_ = now;
  }
  limit_ = std::min(limit_, most_);
}

void ConcurrencyLimit::Refused(std::uint64_t ticket, TimePoint now) {
  if (ticket != steps_down_) return;
  refused_at_ = limit_;
  limit_ = std::max(1.0, limit_ * kDown);
  ++steps_down_;
  slowed_down_ = true;
  stepped_ = now;
}

}  // namespace signpost::listing
