#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

#include "signpost/error.h"

#include "local/function_log.h"

namespace signpost::local {

/// A program under way, with its children in a process group of its own. The destructor kills the group. Thread-safe.
class FunctionProcess {
 public:
  struct Options {
    std::vector<std::string> command;  ///< Program, looked for in PATH without a '/', and arguments.
    std::map<std::string, std::string, std::less<>> environment;  ///< All that the program sees.
  };

  /// Starts it with standard output and error in `log`, which must outlive this object, and an empty standard input.
  /// It dies with the calling thread. `on_exit` is called once, on another thread. kInvalidArgument when the program
  /// cannot be run.
  static Result<std::unique_ptr<FunctionProcess>> Start(const Options& options, FunctionLog* log,
                                                        std::function<void()> on_exit);
  ~FunctionProcess();
  FunctionProcess(const FunctionProcess&) = delete;
  FunctionProcess& operator=(const FunctionProcess&) = delete;

  /// Sends a signal to the whole group; nothing once the program has ended.
  void Signal(int number);
  /// Whether it ended within `most`.
  bool WaitForExit(std::chrono::milliseconds most);
  /// "exit status 7", "signal: killed"; empty while it runs or after an exit status of 0.
  std::string ExitReason() const;
  /// Puts what it wrote so far into the log.
  void DrainLog() { log_.Drain(); }

 private:
  FunctionProcess(pid_t id, int output, FunctionLog* log, std::function<void()> on_exit);

  const pid_t id_;
  LogPipe log_;
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::optional<int> status_;  ///< As of waitpid(); guarded by mutex_.
  std::jthread waiter_;
};

}  // namespace signpost::local
