#pragma once

#include <mutex>
#include <random>
#include <vector>

#include "base/clock.h"

namespace signpost::testing {

/// A clock moved by hand. Thread-safe.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(TimePoint now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)) : now_(now) {}

  TimePoint Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void Advance(std::chrono::milliseconds by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
  }

 private:
  mutable std::mutex mutex_;
  TimePoint now_;  // guarded by mutex_
};

/// Does not wait: moves the clock and remembers each wait. Thread-safe.
class FakeSleeper final : public Sleeper {
 public:
  /// `clock` must outlive this object.
  explicit FakeSleeper(FakeClock* clock) : clock_(clock) {}

  void SleepFor(std::chrono::milliseconds duration, const std::stop_token& /*stop*/) override {
    clock_->Advance(duration);
    const std::lock_guard lock(mutex_);
    waits_.push_back(duration);
  }
  std::vector<std::chrono::milliseconds> waits() const {
    const std::lock_guard lock(mutex_);
    return waits_;
  }

 private:
  FakeClock* const clock_;
  mutable std::mutex mutex_;
  std::vector<std::chrono::milliseconds> waits_;  // guarded by mutex_
};

/// The same numbers for the same seed. Thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Next() override {
    const std::lock_guard lock(mutex_);
    return engine_();
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;  // guarded by mutex_
};

}  // namespace signpost::testing
