#include "lambda/function.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "job/job_identity.h"
#include "lambda/log_text.h"
#include "lambda/sqs_batch.h"

namespace signpost::lambda {
namespace {

using std::chrono::milliseconds;

/// Less is not enough for one LIST and one PUT.
constexpr milliseconds kLeastTime{200};
/// What postponing one message may take.
constexpr milliseconds kPostponeWithin{2'000};

/// One invocation.
class Answerer {
 public:
  Answerer(const FunctionServices& services, const Invocation& invocation, bool cold, const std::stop_token& stop)
      : services_(services),
        invocation_(invocation),
        stop_(stop),
        window_(WindowOf(invocation.deadline, services.clock->Now())),
        log_{.request_id = invocation.request_id, .cold_start = cold, .job_id = ""} {}

  Outcome<std::string> Answer() {
    if (!invocation_.deadline) Say(LogLevel::kWarn, "Lambda does not tell its deadline; 3 s are assumed");
    if (TimeLeft() < kLeastTime) {
      return Logged(Refuse(kDeadlineExceeded, "no time is left to begin; give the function a longer time-out"));
    }
    auto event = DecodeEvent(invocation_.payload);
    if (!event) {
      Measure({.failed = true});
      return Logged(Refuse(kInvalidRequest, event.error().message));
    }
    if (const auto* batch = std::get_if<SqsBatch>(&*event)) return AnswerBatch(*batch);
    auto result = RunJob(std::get<JobEvent>(*event).job);
    if (!result) return std::unexpected(std::move(result.error()));
    return result->ToJson();
  }

 private:
  milliseconds TimeLeft() const { return window_.stop_work_at - services_.clock->Now(); }

  void Say(LogLevel level, std::string_view message, const LogFields& fields = {}) const {
    services_.log->Write(level, message, log_, fields);
  }

  std::unexpected<FunctionError> Logged(std::unexpected<FunctionError> refused) const {
    Say(LogLevel::kError, refused.error().message, {{"error_type", refused.error().type}});
    return refused;
  }

  Outcome<job::JobResult> RunJob(const nlohmann::json& text) {
    log_.job_id.clear();
    const TimePoint started = services_.clock->Now();
    JobMetrics metrics;
    auto result = RunRead(text, &metrics);
    metrics.duration = std::max(services_.clock->Now() - started, milliseconds(0));
    metrics.failed = !result;
    if (result) {
      metrics.objects = result->count;
      metrics.pages = result->list_calls;
      metrics.bytes = result->manifest_bytes;
      metrics.replayed = result->replayed;
      Say(LogLevel::kInfo, "done",
          {{"objects", fmt::to_string(result->count)},
           {"error_rows", fmt::to_string(result->error_count)},
           {"replayed", result->replayed ? "true" : "false"},
           {"resumed", metrics.resumed ? "true" : "false"},
           {"duration_ms", fmt::to_string(metrics.duration.count())}});
    } else {
      const bool waits = result.error().type == kInProgress;
      Say(waits ? LogLevel::kInfo : LogLevel::kError, result.error().message, {{"error_type", result.error().type}});
    }
    Measure(metrics);
    return result;
  }

  void Measure(const JobMetrics& metrics) const {
    services_.log->WriteLine(ToEmbeddedMetrics(metrics, services_.settings->function_name, services_.clock->Now()));
  }

  Outcome<job::JobResult> RunRead(const nlohmann::json& text, JobMetrics* metrics) {
    auto order = ReadJob(text, *services_.settings);
    if (!order) return std::unexpected(std::move(order.error()));
    const job::JobRequest& request = order->request;
    log_.job_id = job::IdentityOf(request, DefaultOutput(request.bucket, *services_.settings)).id;
    Say(LogLevel::kDebug, "begun", {{"bucket", request.bucket.name()}, {"prefix", request.prefix}});
    return services_.jobs->Run(*order, {.stop = stop_, .window = window_, .trace_id = invocation_.trace_id}, metrics);
  }

  std::string AnswerBatch(const SqsBatch& batch) {
    milliseconds longest{0};
    const BatchWorker worker{
        .may_start = [&] { return !stop_.stop_requested() && TimeLeft() >= std::max(longest, kLeastTime); },
        .run =
            [&](const SqsRecord& record) {
              const TimePoint started = services_.clock->Now();
              const bool done = RunRecord(batch, record);
              longest = std::max(longest, services_.clock->Now() - started);
              return done;
            }};
    const auto failed = RunBatch(batch, worker);
    log_.job_id.clear();
    Say(failed.empty() ? LogLevel::kInfo : LogLevel::kWarn, "batch done",
        {{"records", fmt::to_string(batch.records.size())}, {"failed", fmt::to_string(failed.size())}});
    return ToBatchAnswer(failed);
  }

  /// False when the message must come again, or go to the dead-letter queue in the end.
  bool RunRecord(const SqsBatch& batch, const SqsRecord& record) {
    auto job = OpenMessage(record.body);
    if (!job) {
      log_.job_id.clear();
      Measure({.failed = true});
      Say(LogLevel::kError, job.error().message,
          {{"error_type", std::string(kInvalidRequest)}, {"message_id", record.message_id}});
      return false;
    }
    const auto result = RunJob(*job);
    if (result) return true;
    Say(LogLevel::kWarn, "the message is reported as failed", {{"message_id", record.message_id}});
    if (result.error().in_progress_for) Postpone(batch, record, *result.error().in_progress_for);
    return false;
  }

  /// The message comes again when the other's lock ends, instead of burning its receives meanwhile.
  void Postpone(const SqsBatch& batch, const SqsRecord& record, milliseconds duration) {
    const CallContext context{.stop = stop_,
                              .deadline = services_.clock->Now() + std::min(kPostponeWithin, TimeLeft())};
    const Status postponed = services_.visibility->Postpone(context, batch.queue_arn, record.receipt_handle, duration);
    if (!postponed) Say(LogLevel::kWarn, postponed.error().ToString(), {{"message_id", record.message_id}});
  }

  const FunctionServices& services_;
  const Invocation& invocation_;
  const std::stop_token& stop_;
  const TimeWindow window_;
  LogContext log_;
};

}  // namespace

Outcome<std::string> Function::Handle(const Invocation& invocation, const std::stop_token& stop) {
  return Answerer(services_, invocation, std::exchange(cold_, false), stop).Answer();
}

}  // namespace signpost::lambda
