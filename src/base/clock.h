#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

namespace signpost {

/// Wall-clock time (UTC) in milliseconds, the only kind of time below `apps`.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;

/// Tells the time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() const = 0;
};

/// Waits. Thread-safe.
class Sleeper {
 public:
  virtual ~Sleeper() = default;

  /// Returns after `duration`, or as soon as `stop` is requested.
  virtual void SleepFor(std::chrono::milliseconds duration, const std::stop_token& stop) = 0;
};

/// A source of random numbers. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;

  /// 64 uniformly distributed bits.
  virtual std::uint64_t Next() = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint Now() const override;
};

class SystemSleeper final : public Sleeper {
 public:
  void SleepFor(std::chrono::milliseconds duration, const std::stop_token& stop) override;
};

/// Draws from the kernel (getrandom); fit for names that must not be guessed.
class SystemRandom final : public Random {
 public:
  std::uint64_t Next() override;
};

}  // namespace signpost
