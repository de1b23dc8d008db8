#include "local/function_host.h"

#include <csignal>
#include <future>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace signpost::local {
namespace {

using Millis = std::chrono::milliseconds;

}  // namespace

FunctionHost::FunctionHost(Options options, const Clock* clock, Random* random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      log_(options_.log),
      misbehaviour_(options_.faults),
      runner_([this](const std::stop_token& stop) { Run(stop); }) {}

FunctionHost::~FunctionHost() {
  Stop();
  runner_.join();
}

void FunctionHost::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (running_ != nullptr) running_->Cancel();
  }
  runner_.request_stop();
}

Status FunctionHost::Submit(InvokeRequest request, Done done) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return Fail(ErrorCode::kCancelled, "the emulator is being ended");
  const std::size_t ahead = queue_.size() + (busy_ ? 1 : 0);
  if (request.may_be_refused && ahead > options_.queue_limit) {
    return Fail(ErrorCode::kThrottled, "too many events wait for the function");
  }
  queue_.push_back({std::move(request), NewRequestId(), std::move(done)});
  queued_.notify_one();
  return {};
}

Result<InvokeResult> FunctionHost::Invoke(InvokeRequest request) {
  std::promise<Result<InvokeResult>> promise;
  auto future = promise.get_future();
  Status queued =
      Submit(std::move(request), [&promise](Result<InvokeResult> result) { promise.set_value(std::move(result)); });
  if (!queued) return Forward(queued);
  return future.get();
}

void FunctionHost::Run(const std::stop_token& stop) {
  if (Status ready = EnsureEnvironment(options_.init_timeout, ""); !ready) {
    LogFailure(ready.error());
    EndEnvironment();
  }
  while (auto job = Take(stop)) Serve(std::move(*job));
  EndEnvironment();
  std::deque<Job> left;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    left.swap(queue_);
  }
  for (Job& job : left) job.done(Fail(ErrorCode::kCancelled, "the emulator was ended"));
}

std::optional<FunctionHost::Job> FunctionHost::Take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  busy_ = false;
  if (!queued_.wait(lock, stop, [this] { return !queue_.empty(); }) || stop.stop_requested()) return std::nullopt;
  Job job = std::move(queue_.front());
  queue_.pop_front();
  busy_ = true;
  return job;
}

void FunctionHost::Serve(Job job) {
  InvokeResult result = RunOnce(job);
  if (misbehaviour_.Take(Fault::kTwice)) RunOnce(job);
  bool stopped = false;
  {
    const std::lock_guard lock(mutex_);
    stopped = stopped_;
    if (result.function_error && job.request.retries > 0 && !stopped) {
      --job.request.retries;
      queue_.push_back(std::move(job));
      return;
    }
  }
  if (stopped && result.function_error) {
    job.done(Fail(ErrorCode::kCancelled, "the emulator was ended"));
  } else {
    job.done(std::move(result));
  }
}

InvokeResult FunctionHost::RunOnce(const Job& job) {
  log_.StartTail();
  log_.Write(fmt::format("START RequestId: {} Version: $LATEST\n", job.request_id));
  const TimePoint start = clock_->Now();
  auto answer = Execute(job, start + options_.timeout);
  if (environment_) environment_->process().DrainLog();
  if (!answer) {
    LogFailure(answer.error());
    EndEnvironment();
  }
  const Millis took = clock_->Now() - start;
  log_.Write(fmt::format("END RequestId: {}\nREPORT RequestId: {}\tDuration: {} ms\n", job.request_id, job.request_id,
                         took.count()));
  InvokeResult result{.request_id = job.request_id};
  if (!answer) {
    result.payload = std::move(answer.error().message);
    result.function_error = true;
  } else if (answer->kind == Answer::Kind::kTooLarge) {
    result.payload = ErrorObject(
        "Function.ResponseSizeTooLarge", job.request_id,
        fmt::format("Response payload size ({} bytes) exceeded maximum allowed payload size (6291556 bytes).",
                    answer->body));
    result.function_error = true;
  } else {
    result.payload = std::move(answer->body);
    result.function_error = answer->kind == Answer::Kind::kError;
  }
  result.log_tail = log_.Tail();
  return result;
}

Result<Answer> FunctionHost::Execute(const Job& job, TimePoint deadline) {
  const auto timed_out = [&] {
    const double seconds = std::chrono::duration<double>(options_.timeout).count();
    return Fail(ErrorCode::kDeadlineExceeded, ErrorObject("Sandbox.Timedout", job.request_id,
                                                          fmt::format("Task timed out after {:.2f} seconds", seconds)));
  };
  if (Status ready = EnsureEnvironment(options_.timeout, job.request_id); !ready) {
    if (ready.error().code == ErrorCode::kDeadlineExceeded) return timed_out();
    return Forward(ready);
  }
  RuntimeState& state = environment_->state();
  environment_->process().Signal(SIGCONT);
  state.Deliver({.request_id = job.request_id,
                 .payload = job.request.payload,
                 .trace_id = job.request.trace_id.empty() ? NewTraceId() : job.request.trace_id,
                 .deadline = deadline});
  auto answer = state.WaitForAnswer(std::max(deadline - clock_->Now(), Millis(0)));
  if (answer) {
    if (misbehaviour_.Take(Fault::kFreeze) &&
        state.WaitUntilReady(options_.timeout) == RuntimeState::Readiness::kReady) {
      environment_->process().Signal(SIGSTOP);
    }
    return std::move(*answer);
  }
  if (!environment_->ended()) return timed_out();
  return ExitError(job.request_id);
}

Status FunctionHost::EnsureEnvironment(Millis patience, const std::string& request_id) {
  if (environment_ && !environment_->ended()) {
    // It may still be busy with itself after the last answer.
    const auto readiness = environment_->state().WaitUntilReady(patience);
    if (readiness == RuntimeState::Readiness::kReady) return {};
    if (readiness == RuntimeState::Readiness::kTimedOut) return Fail(ErrorCode::kDeadlineExceeded, "not ready");
  }
  EndEnvironment();
  return BootEnvironment(patience, request_id);
}

Status FunctionHost::BootEnvironment(Millis patience, const std::string& request_id) {
  auto started = ExecutionEnvironment::Start(options_.process, options_.function_arn, &log_, &misbehaviour_);
  if (!started) {
    return Fail(ErrorCode::kUnavailable, ErrorObject("Runtime.InvalidEntrypoint", request_id, started.error().message));
  }
  environment_ = std::move(*started);
  {
    const std::lock_guard lock(mutex_);
    running_ = &environment_->state();
    if (stopped_) running_->Cancel();
  }
  switch (environment_->state().WaitUntilReady(patience)) {
    case RuntimeState::Readiness::kReady:
      return {};
    case RuntimeState::Readiness::kTimedOut:
      return Fail(ErrorCode::kDeadlineExceeded,
                  ErrorObject("Sandbox.Timedout", request_id, "the function did not become ready in time"));
    case RuntimeState::Readiness::kInitError:
      environment_->process().DrainLog();
      return Fail(ErrorCode::kUnavailable, *environment_->state().init_error());
    case RuntimeState::Readiness::kClosed:
      break;
  }
  environment_->process().DrainLog();
  return ExitError(request_id);
}

std::unexpected<Error> FunctionHost::ExitError(const std::string& request_id) const {
  const std::string reason = environment_->process().ExitReason();
  return Fail(ErrorCode::kUnavailable,
              ErrorObject("Runtime.ExitError", request_id,
                          reason.empty() ? "Runtime exited without providing a reason"
                                         : fmt::format("Runtime exited with error: {}", reason)));
}

void FunctionHost::EndEnvironment() {
  {
    const std::lock_guard lock(mutex_);
    running_ = nullptr;
  }
  environment_.reset();
}

void FunctionHost::LogFailure(const Error& error) {
  // What ends because it was asked to is no failure of the function.
  const bool stopped = [this] {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }();
  if (!stopped) log_.Write(error.message + "\n");
}

std::string FunctionHost::ErrorObject(const std::string& type, const std::string& request_id,
                                      const std::string& message) const {
  const std::string text = request_id.empty() ? message : fmt::format("RequestId: {} Error: {}", request_id, message);
  return nlohmann::json{{"errorType", type}, {"errorMessage", text}}.dump(-1, ' ', false,
                                                                          nlohmann::json::error_handler_t::replace);
}

std::string FunctionHost::NewRequestId() {
  const std::uint64_t high = random_->Next();
  const std::uint64_t low = random_->Next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     (low >> 48) & 0xfff, low & 0xffffffffffff);
}

std::string FunctionHost::NewTraceId() {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock_->Now()).time_since_epoch().count();
  return fmt::format("Root=1-{:08x}-{:08x}{:016x};Parent={:016x};Sampled=0", seconds,
                     static_cast<std::uint32_t>(random_->Next()), random_->Next(), random_->Next());
}

}  // namespace signpost::local
