#pragma once

#include <memory>
#include <string>

#include "signpost/error.h"

#include "local/fault.h"
#include "local/function_log.h"
#include "local/function_process.h"
#include "local/http_server.h"
#include "local/runtime_state.h"

namespace signpost::local {

/// One process of the function with a Runtime API of its own: an answer that comes late from an ended process meets
/// nobody. To be used by one thread.
class ExecutionEnvironment {
 public:
  /// Starts the process and lets it initialise itself; see WaitUntilReady(). `process.environment` lacks only
  /// AWS_LAMBDA_RUNTIME_API. `log` and `misbehaviour` must outlive this object.
  static Result<std::unique_ptr<ExecutionEnvironment>> Start(FunctionProcess::Options process, std::string function_arn,
                                                             FunctionLog* log, Misbehaviour* misbehaviour);
  /// Ends the process: at once, or, when it has registered an extension, after SIGTERM and 500 ms
  /// (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown).
  ~ExecutionEnvironment();

  RuntimeState& state() { return state_; }
  FunctionProcess& process() { return *process_; }
  /// Whether the process has ended, or a wait was ended from outside.
  bool ended() const { return state_.ended(); }

 private:
  ExecutionEnvironment(std::string function_arn, Misbehaviour* misbehaviour)
      : function_arn_(std::move(function_arn)), misbehaviour_(misbehaviour) {}

  const std::string function_arn_;
  Misbehaviour* const misbehaviour_;
  RuntimeState state_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<FunctionProcess> process_;
};

}  // namespace signpost::local
