#include "local/execution_environment.h"

#include <csignal>

#include "local/runtime_api.h"

namespace signpost::local {
namespace {

constexpr std::chrono::milliseconds kGraceOfInternalExtension{500};

}  // namespace

Result<std::unique_ptr<ExecutionEnvironment>> ExecutionEnvironment::Start(FunctionProcess::Options process,
                                                                          std::string function_arn, FunctionLog* log,
                                                                          Misbehaviour* misbehaviour) {
  std::unique_ptr<ExecutionEnvironment> made(new ExecutionEnvironment(std::move(function_arn), misbehaviour));
  auto server = HttpServer::Start({}, [raw = made.get()](const ServedRequest& request) {
    return ServeRuntimeApi(request, raw->function_arn_, &raw->state_, raw->misbehaviour_);
  });
  if (!server) return Forward(server);
  made->server_ = std::move(*server);
  process.environment["AWS_LAMBDA_RUNTIME_API"] = made->server_->address();
  auto started = FunctionProcess::Start(process, log, [raw = made.get()] { raw->state_.Close(); });
  if (!started) {
    made->state_.Close();
    return Forward(started);
  }
  made->process_ = std::move(*started);
  return made;
}

ExecutionEnvironment::~ExecutionEnvironment() {
  if (process_) {
    process_->Signal(SIGCONT);
    if (state_.has_extensions()) {
      process_->Signal(SIGTERM);
      process_->WaitForExit(kGraceOfInternalExtension);
    }
    process_.reset();
  }
  state_.Close();
  server_.reset();
}

}  // namespace signpost::local
