#include "lambda/run_function.h"

#include <thread>

#include "lambda/function.h"
#include "lambda/runtime_client.h"
#include "lambda/runtime_loop.h"
#include "sigv4/sha_instructions.h"

namespace signpost::lambda {
namespace {

constexpr int kStopped = 0;
constexpr int kFailed = 1;

/// Waits as an extension while the function runs, on a thread of its own.
class ExtensionWait {
 public:
  ExtensionWait(RuntimeClient* runtime, std::string identifier)
      : thread_([runtime, identifier = std::move(identifier)](const std::stop_token& over) {
          // Whatever ends the wait, the function goes on: at worst it is ended without SIGTERM.
          const Status waited = runtime->WaitAsExtension({.stop = over, .deadline = std::nullopt}, identifier);
          static_cast<void>(waited);
        }) {}

 private:
  std::jthread thread_;
};

int FailInit(RuntimeClient* runtime, const Log& log, const Error& error) {
  log.Write(LogLevel::kError, error.ToString(), {}, {{"error_type", std::string(kInitError)}});
  const Status told = runtime->ReportInitError(
      {}, {.type = std::string(kInitError), .message = error.ToString(), .in_progress_for = std::nullopt});
  if (!told) log.Write(LogLevel::kError, told.error().ToString(), {});
  return kFailed;
}

void WarnOfSlowHashes(const Log& log) {
  if (!sigv4::ProcessorHasShaInstructions() || sigv4::OpenSslHasShaInstructions()) return;
  log.Write(LogLevel::kWarn, "OpenSSL does not use the processor's SHA instructions: signing is slow", {});
}

}  // namespace

int RunFunction(const World& world) {
  const Log start_log(world.log, LogLevel::kInfo, world.clock);
  auto runtime = RuntimeClient::Create(world.environment.Get("AWS_LAMBDA_RUNTIME_API").value_or(""), world.runtime);
  if (!runtime) {
    start_log.Write(LogLevel::kError, runtime.error().ToString(), {}, {{"error_type", std::string(kInitError)}});
    return kFailed;
  }
  auto settings = ReadSettings(world.environment);
  if (!settings) return FailInit(&*runtime, start_log, settings.error());
  const Log log(world.log, settings->log_level, world.clock);
  WarnOfSlowHashes(log);
  std::optional<ExtensionWait> extension;
  if (auto identifier = runtime->RegisterExtension({.stop = world.stop, .deadline = std::nullopt})) {
    extension.emplace(&*runtime, std::move(*identifier));
  } else {
    log.Write(LogLevel::kWarn, identifier.error().ToString(), {});
  }
  const SessionWorld session_world{.environment = &world.environment,
                                   .settings = &*settings,
                                   .make_transport = world.make_transport,
                                   .clock = world.clock,
                                   .sleeper = world.sleeper,
                                   .random = world.random};
  AwsJobRunner jobs(session_world);
  SqsVisibility visibility(session_world);
  Function function(
      {.settings = &*settings, .jobs = &jobs, .visibility = &visibility, .log = &log, .clock = world.clock});
  const LoopEnd end = RunLoop(
      {.runtime = &*runtime, .log = &log, .clock = world.clock, .sleeper = world.sleeper},
      [&function](const Invocation& invocation, const std::stop_token& stop) {
        return function.Handle(invocation, stop);
      },
      world.stop);
  return end == LoopEnd::kStopped ? kStopped : kFailed;
}

}  // namespace signpost::lambda
