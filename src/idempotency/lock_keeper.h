#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "base/clock.h"
#include "idempotency/lock.h"

namespace signpost::idempotency {

/// Extends a lock, in a thread of its own, every third of its life while this object lives.
class LockKeeper {
 public:
  /// `clock` is the servers'. `on_loss` is called, once, from that thread when the lock turns out to be lost. A failure
  /// of the store is only the end of one extension: the next one may succeed. The referenced objects must outlive this
  /// one.
  LockKeeper(Lock* lock, const Clock* clock, Sleeper* sleeper, std::chrono::milliseconds lock_for,
             std::function<void()> on_loss);

 private:
  std::jthread thread_;
};

}  // namespace signpost::idempotency
