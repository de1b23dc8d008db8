#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "signpost/error.h"

#include "base/clock.h"
#include "local/execution_environment.h"
#include "local/fault.h"
#include "local/function_log.h"
#include "local/function_process.h"

namespace signpost::local {

/// One event for the function.
struct InvokeRequest {
  std::string payload;        ///< JSON.
  std::string trace_id = {};  ///< Of the caller; empty: one is made up.
  int retries = 0;  ///< How often it is tried again after a function error, as Lambda does for asynchronous events.
  bool may_be_refused = true;  ///< Counts against the queue's limit.
};

/// What became of it.
struct InvokeResult {
  std::string request_id;
  std::string payload;          ///< The answer, or the error object.
  bool function_error = false;  ///< The function failed, was cut off, or could not be started.
  std::string log_tail;         ///< The end of what it wrote.
};

/// Runs a function as Lambda does with a concurrency of one: a process that is started at once, asked to initialise
/// itself within 10 s, given one event at a time, killed when an event takes too long, and started again for the next
/// one after it has ended. Events wait in a queue of limited length. Thread-safe.
class FunctionHost {
 public:
  struct Options {
    FunctionProcess::Options process;
    std::string function_arn;
    std::chrono::milliseconds timeout{30'000};  ///< For one event.
    std::chrono::milliseconds init_timeout{10'000};
    std::size_t queue_limit = 64;  ///< Events that may wait besides the one at work.
    FunctionLog::Sink log;
    FaultCounts faults;
  };
  using Done = std::function<void(Result<InvokeResult>)>;

  /// `clock` and `random` must outlive this object.
  FunctionHost(Options options, const Clock* clock, Random* random);
  /// As Stop().
  ~FunctionHost();

  /// Puts an event into the queue; `done` is called once, on another thread, with kCancelled after Stop(). kThrottled,
  /// without a call, when too many wait.
  Status Submit(InvokeRequest request, Done done);
  /// The same, waiting for the outcome.
  Result<InvokeResult> Invoke(InvokeRequest request);

  /// Ends the process and answers every event that waits. Returns before that is done.
  void Stop();

  std::chrono::milliseconds timeout() const { return options_.timeout; }
  Misbehaviour& misbehaviour() { return misbehaviour_; }

 private:
  struct Job {
    InvokeRequest request;
    std::string request_id;
    Done done;
  };

  void Run(const std::stop_token& stop);
  std::optional<Job> Take(const std::stop_token& stop);
  void Serve(Job job);
  /// One delivery, from start to answer.
  InvokeResult RunOnce(const Job& job);
  Result<Answer> Execute(const Job& job, TimePoint deadline);
  /// Starts the process where there is none; the error's message is the error object for the caller.
  Status EnsureEnvironment(std::chrono::milliseconds patience, const std::string& request_id);
  Status BootEnvironment(std::chrono::milliseconds patience, const std::string& request_id);
  void EndEnvironment();
  void LogFailure(const Error& error);
  /// How the process ended.
  std::unexpected<Error> ExitError(const std::string& request_id) const;
  std::string ErrorObject(const std::string& type, const std::string& request_id, const std::string& message) const;
  std::string NewRequestId();
  std::string NewTraceId();

  const Options options_;
  const Clock* const clock_;
  Random* const random_;
  FunctionLog log_;
  Misbehaviour misbehaviour_;

  std::mutex mutex_;
  std::condition_variable_any queued_;
  std::deque<Job> queue_;            // guarded by mutex_
  bool busy_ = false;                // guarded by mutex_
  bool stopped_ = false;             // guarded by mutex_
  RuntimeState* running_ = nullptr;  // guarded by mutex_; the environment's, for Stop()

  std::unique_ptr<ExecutionEnvironment> environment_;  ///< Used by runner_ alone.
  std::jthread runner_;                                ///< Last: it uses everything above.
};

}  // namespace signpost::local
