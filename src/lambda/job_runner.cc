#include "lambda/job_runner.h"

#include <memory>
#include <variant>

#include "idempotency/open_store.h"
#include "job/run_once.h"
#include "lambda/signer_role.h"

namespace signpost::lambda {
namespace {

/// What an unfinished upload may take of the time after SIGTERM, and again the lock.
constexpr std::chrono::milliseconds kCleanUpAfterStop{150};

std::unexpected<FunctionError> Failed(const Error& error) { return std::unexpected(ToFunctionError(error)); }

std::unexpected<FunctionError> HeldElsewhere(const job::InProgress& in_progress) {
  FunctionError error{.type = std::string(kInProgress), .message = AsError(in_progress).message};
  error.in_progress_for = in_progress.remaining;
  return std::unexpected(std::move(error));
}

/// One job with its session.
class Run {
 public:
  Run(const SessionWorld& world, const JobOrder& order, const JobCall& call, Session* session)
      : world_(world),
        order_(order),
        call_(call),
        session_(*session),
        context_{.stop = call.stop, .deadline = call.window.stop_work_at} {}

  Outcome<job::JobResult> Execute(job::Progress* progress) {
    s3::Connection& connection = session_.connection();
    job::Services services{.client = &connection.client(),
                           .random = world_.random,
                           .clock = world_.clock,
                           .progress = progress,
                           .clean_up_within = call_.window.clean_up_within(),
                           .clean_up_when_cancelled_within = kCleanUpAfterStop};
    std::unique_ptr<aws::CredentialsCache> signer;
    if (const auto& role = world_.settings->signer_role_arn) {
      auto assumed = AssumeSignerRole(&connection, context_, *role, order_.request.urls);
      if (!assumed) return Failed(assumed.error());
      signer = std::move(*assumed);
      services.url_credentials = signer.get();
    }
    const auto store =
        idempotency::OpenStore(world_.settings->idempotency, &connection, session_.sleeper(), world_.random);
    if (!store) {
      auto result = job::RunJob(order_.request, services, context_);
      if (!result) return Failed(result.error());
      return std::move(*result);
    }
    return RunLocked(store.get(), services);
  }

 private:
  Outcome<job::JobResult> RunLocked(idempotency::Store* store, const job::Services& services) {
    const job::Once once{.store = store,
                         .sleeper = world_.sleeper,
                         .options = {.ttl = world_.settings->dedup_ttl,
                                     .default_output = DefaultOutput(order_.request.bucket, *world_.settings)}};
    auto outcome = job::RunOnce(order_.request, services, once, context_);
    if (!outcome) return Failed(outcome.error());
    if (const auto* elsewhere = std::get_if<job::InProgress>(&*outcome)) return HeldElsewhere(*elsewhere);
    return std::get<job::JobResult>(std::move(*outcome));
  }

  const SessionWorld& world_;
  const JobOrder& order_;
  const JobCall& call_;
  Session& session_;
  const CallContext context_;
};

}  // namespace

Outcome<job::JobResult> AwsJobRunner::Run(const JobOrder& order, const JobCall& call, JobMetrics* metrics) {
  auto session = Session::Open(world_, {.trace_id = call.trace_id,
                                        .request_payer = order.request_payer,
                                        .expected_bucket_owner = order.expected_bucket_owner});
  if (!session) return Failed(session.error());
  job::Progress progress;
  auto result = lambda::Run(world_, order, call, session->get()).Execute(&progress);
  metrics->objects = progress.objects;
  metrics->pages = progress.pages;
  metrics->bytes = progress.manifest_bytes;
  metrics->resumed = progress.resumed;
  metrics->throttles = (*session)->counts().throttles;
  metrics->retries = (*session)->counts().retries;
  return result;
}

}  // namespace signpost::lambda
