#include "base/clock.h"

#include <condition_variable>
#include <cstdlib>
#include <mutex>

#include <sys/random.h>

namespace signpost {

TimePoint SystemClock::Now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

void SystemSleeper::SleepFor(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, duration, [] { return false; });
}

std::uint64_t SystemRandom::Next() {
  std::uint64_t bits = 0;
  // getrandom() of at most 256 bytes is never interrupted and fails only where the kernel lacks it (getrandom(2)).
  if (getrandom(&bits, sizeof bits, 0) != static_cast<ssize_t>(sizeof bits)) std::abort();
  return bits;
}

}  // namespace signpost
