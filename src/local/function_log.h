#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace signpost::local {

/// What a function writes to its standard output and error: passed on as it comes, and the end of it kept for the
/// answer's log tail. Thread-safe.
class FunctionLog {
 public:
  using Sink = std::function<void(std::string_view)>;

  /// The longest tail in an answer, as Lambda's (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
  static constexpr std::size_t kMostTailBytes = 4096;

  /// `sink` is called under a lock, from any thread.
  explicit FunctionLog(Sink sink) : sink_(std::move(sink)) {}

  void Write(std::string_view text);
  /// Forgets the tail: another invocation begins.
  void StartTail();
  /// The last kMostTailBytes since StartTail().
  std::string Tail() const;

 private:
  const Sink sink_;
  mutable std::mutex mutex_;
  std::string tail_;  // guarded by mutex_
};

/// Reads one process's output from a pipe into a log, on a thread of its own.
class LogPipe {
 public:
  /// Takes `descriptor`, the reading end; `log` must outlive this object.
  LogPipe(int descriptor, FunctionLog* log);
  ~LogPipe();
  LogPipe(const LogPipe&) = delete;
  LogPipe& operator=(const LogPipe&) = delete;

  /// Takes what is in the pipe at this moment: what the process wrote before it answered is then in the log.
  void Drain();

 private:
  void ReadUntilTheEnd();
  bool ReadLocked();

  const int descriptor_;
  const int wake_;
  FunctionLog* const log_;
  std::mutex mutex_;  ///< Held while reading, so that the output stays in order.
  std::jthread reader_;
};

}  // namespace signpost::local
