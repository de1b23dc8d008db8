#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace signpost::manifest {

/// A stop that follows another one after a while: for a call that must not be cut in the middle when it is about to
/// answer.
class GracePeriod {
 public:
  GracePeriod(std::stop_token outer, std::chrono::milliseconds grace)
      : watcher_([this, outer = std::move(outer), grace](const std::stop_token& over) { Watch(outer, grace, over); }) {}

  /// Stops `grace` after the outer one.
  std::stop_token token() const { return late_.get_token(); }

 private:
  void Watch(const std::stop_token& outer, std::chrono::milliseconds grace, const std::stop_token& over) {
    const std::stop_callback on_outer(outer, [this] { Wake(&stopping_); });
    const std::stop_callback on_over(over, [this] { Wake(&over_); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopping_ || over_; });
    if (!changed_.wait_for(lock, grace, [this] { return over_; })) late_.request_stop();
  }

  void Wake(bool* flag) {
    {
      const std::lock_guard lock(mutex_);
      *flag = true;
    }
    changed_.notify_all();
  }

  std::stop_source late_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  bool over_ = false;      // guarded by mutex_; nobody needs the stop any more
  std::jthread watcher_;
};

}  // namespace signpost::manifest
