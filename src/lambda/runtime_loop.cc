#include "lambda/runtime_loop.h"

#include <exception>
#include <new>

#include <fmt/format.h>

namespace signpost::lambda {
namespace {

constexpr int kMostNextFailures = 3;
constexpr std::chrono::milliseconds kFirstPause{100};
/// What is left of the 300 ms after SIGTERM when the job has been stopped.
constexpr std::chrono::milliseconds kAnswerWithinAfterStop{100};

/// What became of one run of the handler.
struct Handled {
  Outcome<std::string> outcome;
  bool fatal = false;  ///< The process may be damaged.
};

Handled RunHandler(const Handler& handler, const Invocation& invocation, const std::stop_token& stop) {
  try {
    return {.outcome = handler(invocation, stop)};
  } catch (const std::bad_alloc&) {
    return {.outcome = Refuse(kOutOfMemory, "out of memory"), .fatal = true};
  } catch (const std::exception&) {
    // What an exception says may be a part of the event.
    return {.outcome = Refuse(kInternalError, "the function met an unexpected exception")};
  } catch (...) {
    return {.outcome = Refuse(kInternalError, "the function met an unknown exception"), .fatal = true};
  }
}

class Loop {
 public:
  Loop(const LoopServices& services, const Handler& handler, const std::stop_token& stop)
      : services_(services), handler_(handler), stop_(stop) {}

  LoopEnd Run() {
    int failures = 0;
    while (!stop_.stop_requested()) {
      auto invocation = services_.runtime->Next({.stop = stop_, .deadline = std::nullopt});
      if (!invocation) {
        if (stop_.stop_requested()) break;
        services_.log->Write(LogLevel::kError, invocation.error().ToString(), {});
        if (++failures == kMostNextFailures) return LoopEnd::kFailed;
        services_.sleeper->SleepFor(kFirstPause * (1 << (failures - 1)), stop_);
        continue;
      }
      failures = 0;
      if (!Answer(*invocation)) return LoopEnd::kFailed;
    }
    return LoopEnd::kStopped;
  }

 private:
  /// False when the process should end.
  bool Answer(const Invocation& invocation) {
    const Handled handled = RunHandler(handler_, invocation, stop_);
    // Not stopped with the work: who waits for the answer is told.
    CallContext context;
    if (stop_.stop_requested()) context.deadline = services_.clock->Now() + kAnswerWithinAfterStop;
    const Status posted = handled.outcome
                              ? services_.runtime->Respond(context, invocation.request_id, *handled.outcome)
                              : services_.runtime->ReportError(context, invocation.request_id, handled.outcome.error());
    if (!posted) {
      services_.log->Write(LogLevel::kError, posted.error().ToString(), {.request_id = invocation.request_id});
      if (posted.error().code != ErrorCode::kDataLoss) return false;
    }
    return !handled.fatal;
  }

  const LoopServices& services_;
  const Handler& handler_;
  const std::stop_token& stop_;
};

}  // namespace

LoopEnd RunLoop(const LoopServices& services, const Handler& handler, const std::stop_token& stop) {
  return Loop(services, handler, stop).Run();
}

}  // namespace signpost::lambda
