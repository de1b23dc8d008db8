#include "idempotency/lock_keeper.h"

#include <optional>
#include <utility>

namespace signpost::idempotency {

LockKeeper::LockKeeper(Lock* lock, const Clock* clock, Sleeper* sleeper, std::chrono::milliseconds lock_for,
                       std::function<void()> on_loss)
    : thread_([lock, clock, sleeper, lock_for, on_loss = std::move(on_loss)](const std::stop_token& stop) {
        while (true) {
          sleeper->SleepFor(lock_for / 3, stop);
          if (stop.stop_requested()) return;
          const Status extended = lock->Extend({.stop = stop, .deadline = std::nullopt}, clock->Now() + lock_for);
          if (!extended && lock->lost()) return on_loss();
        }
      }) {}

}  // namespace signpost::idempotency
