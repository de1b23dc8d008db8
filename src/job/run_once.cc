#include "job/run_once.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "idempotency/lock.h"
#include "idempotency/lock_keeper.h"
#include "job/job_identity.h"
#include "job/once_data.h"
#include "job/url_signer.h"
#include "s3/attempt.h"

namespace signpost::job {
namespace {

using idempotency::Claim;
using idempotency::ClaimRequest;
using idempotency::Held;
using idempotency::Lock;
using idempotency::LockKeeper;
using idempotency::Stored;

/// How often a completed record that cannot be answered from may turn out to have changed before its claim.
constexpr int kMaxClaims = 5;
constexpr std::chrono::milliseconds kLongestMargin{5'000};

std::string RandomToken(Random* random) {
  const std::uint64_t high = random->Next();
  return fmt::format("{:016x}{:016x}", high, random->Next());
}

/// The failure is one after which it is not known what the store did.
bool IsUnclear(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kThrottled ||
         error.code == ErrorCode::kCancelled || error.code == ErrorCode::kDeadlineExceeded;
}

/// One call of RunOnce().
class OnceRun {
 public:
  OnceRun(const JobRequest& request, const Services& services, const Once& once, const CallContext& context)
      : request_(request),
        services_(services),
        once_(once),
        context_(context),
        clock_(services.client->clock()),
        identity_(IdentityOf(request, once.options.default_output)),
        started_(services.clock->Now()) {}

  Result<OnceOutcome> Execute() {
    ClaimRequest claim{.id = identity_.id,
                       .validation = identity_.validation,
                       .owner = RandomToken(services_.random),
                       .ttl = once_.options.ttl,
                       .margin = std::min(kLongestMargin, once_.options.lock_for / 4)};
    for (int i = 0; i < kMaxClaims; ++i) {
      claim.until = LockEnd();
      auto claimed = TryClaim(once_.store, clock_, context_, claim);
      if (!claimed) {
        if (IsUnclear(claimed.error())) Undo(claim);
        return Forward(claimed);
      }
      if (const auto* held = std::get_if<Held>(&*claimed)) return StillHeld(*held);
      if (auto* lock = std::get_if<std::unique_ptr<Lock>>(&*claimed)) return RunLocked(**lock);
      auto replayed = Replay(std::get<Stored>(*claimed).record.data);
      if (!replayed) return Forward(replayed);
      if (*replayed) return std::move(**replayed);
      claim.rejected = std::get<Stored>(std::move(*claimed));
    }
    return Fail(ErrorCode::kUnavailable,
                fmt::format("the record '{}' in {} does not come to rest", identity_.id, once_.store->Describe()));
  }

 private:
  /// By the servers' clock, which others compare it with; the deadline is by our own.
  TimePoint LockEnd() const {
    const TimePoint now = clock_.Now();
    return now + (context_.deadline ? *context_.deadline - services_.clock->Now() : once_.options.lock_for);
  }

  OnceOutcome StillHeld(const Held& held) const {
    return InProgress{std::max(held.until - clock_.Now(), std::chrono::milliseconds(1))};
  }

  /// For what must still be done when the job's own time is over.
  CallContext Afterwards(bool hurry) const {
    const auto within = hurry ? services_.clean_up_when_cancelled_within : services_.clean_up_within;
    return {.stop = {}, .deadline = services_.clock->Now() + within};
  }

  void Undo(const ClaimRequest& claim) const {
    const Status undone = UndoClaim(once_.store, Afterwards(/*hurry=*/true), claim);
    static_cast<void>(undone);  // best effort: the lock ends by itself
  }

  Result<OnceOutcome> RunLocked(Lock& lock) {
    auto data = ParseOnceData(lock.data());
    if (data && MayContinue(*data)) {
      auto continued = Continue(lock, std::move(*data));
      // Gone: a lifecycle rule may have aborted it. Nobody can publish it any more, so that it can be made anew.
      if (continued || continued.error().service_code != "NoSuchUpload") return Ended(lock, std::move(continued));
    }
    auto left = Resolve(lock);
    if (!left) {
      Release(lock, left.error());
      return Forward(left);
    }
    if (*left) return std::move(**left);
    return Ended(lock, RunKept(lock, nullptr));
  }

  Result<OnceOutcome> Ended(Lock& lock, Result<JobResult> result) const {
    if (result) return Completed(lock, std::move(*result));
    if (!left_) Release(lock, result.error());
    if (lock.lost() && !context_.stop.stop_requested()) return std::unexpected(LostTo(result.error()));
    return Forward(result);
  }

  /// Whether `data` is where an earlier run has stopped, in good order and for this very request.
  bool MayContinue(const OnceData& data) const {
    const auto& target = std::get<S3Target>(request_.output);
    const bool is_ours =
        data.validation == identity_.validation && data.result.bucket == target.bucket.name() &&
        (target.IsPrefix() ? data.result.key->starts_with(target.key) : *data.result.key == target.key);
    return data.checkpoint && is_ours && request_.order == listing::KeyOrder::kBytes &&
           LivesLongEnough(request_.urls, data.result.expires_at, clock_.Now());
  }

  /// First takes the checkpoint out of the record: should this run end without a word, nobody goes on with its upload,
  /// to which it may still be writing.
  Result<JobResult> Continue(Lock& lock, OnceData data) {
    const Paused earlier{
        .result = data.result, .upload = UploadOf(data), .checkpoint = *std::exchange(data.checkpoint, std::nullopt)};
    Status taken = lock.Note(context_, ToJson(data), LockEnd());
    if (!taken) return Forward(taken);
    return RunKept(lock, &earlier);
  }

  static s3::MultipartUpload UploadOf(const OnceData& data) {
    return {.bucket = *Bucket::Parse(*data.result.bucket),
            .key = *data.result.key,
            .upload_id = data.upload_id,
            .attempt_id = data.attempt_id};
  }

  /// What the holder before may have left between its last note and its end: an upload, which is aborted so that it
  /// cannot be published any more; or a manifest published just before, which is answered with if it is still good.
  Result<std::optional<JobResult>> Resolve(Lock& lock) {
    const auto left = ParseOnceData(lock.data());
    if (!left) return std::nullopt;
    Status aborted = AbortMultipartUpload(*services_.client, context_, UploadOf(*left));
    if (!aborted) return Forward(aborted);
    if (left->validation != identity_.validation) return std::nullopt;
    auto replayed = Replay(lock.data());
    if (!replayed || !*replayed) return replayed;
    Status completed = lock.Complete(context_, CompletedUntil());
    if (!completed) return Forward(completed);
    return replayed;
  }

  /// The job under the lock, which is kept alive; losing it stops the job, unless it publishes already: then the fence
  /// has been passed, and S3 decides.
  Result<JobResult> RunKept(Lock& lock, const Paused* earlier) {
    std::stop_source stop;
    const std::stop_callback passed_on(context_.stop, [&stop] { stop.request_stop(); });
    const CallContext context{.stop = stop.get_token(), .deadline = context_.deadline};
    std::atomic<bool> publishing = false;
    std::optional<LockKeeper> keeper;
    if (!context_.deadline) {
      keeper.emplace(&lock, &clock_, once_.sleeper, once_.options.lock_for, [&] {
        if (!publishing) stop.request_stop();
      });
    }
    Services services = services_;
    services.before_publish = [&](const Publication& publication) {
      Status noted = lock.Note(context, ToJson(DataOf(publication)), LockEnd());
      publishing = noted.has_value();
      return noted;
    };
    services.earlier = earlier;
    if (context_.deadline || earlier != nullptr) {
      services.keep = [&](const Paused& paused) {
        keeper.reset();  // It would lock again what is given back.
        return Leave(lock, paused);
      };
    }
    return RunJob(request_, services, context);
  }

  Status Leave(Lock& lock, const Paused& paused) {
    const std::string data = ToJson(OnceData{.result = paused.result,
                                             .upload_id = paused.upload.upload_id,
                                             .attempt_id = paused.upload.attempt_id,
                                             .validation = identity_.validation,
                                             .checkpoint = paused.checkpoint});
    if (data.size() > kMostCheckpointBytes) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("its {} parts are too many for a record", paused.checkpoint.parts.size()));
    }
    Status left = lock.Leave(Afterwards(context_.stop.stop_requested()), data);
    left_ = left.has_value();
    return left;
  }

  OnceData DataOf(const Publication& publication) const {
    return {.result = publication.result,
            .upload_id = publication.upload.upload_id,
            .attempt_id = publication.upload.attempt_id,
            .validation = identity_.validation,
            .checkpoint = {}};
  }

  /// The manifest is there: that is what counts. A record that cannot be completed is resolved by the next claim.
  Result<OnceOutcome> Completed(Lock& lock, JobResult result) const {
    const Status completed = lock.Complete(Afterwards(context_.stop.stop_requested()), CompletedUntil());
    if (!completed && lock.lost()) {
      const auto successor = lock.successor();
      const auto theirs = ParseOnceData(successor ? successor->record.data : "");
      const bool same = theirs && theirs->result.bucket == result.bucket && theirs->result.key == result.key;
      if (!same) return std::unexpected(completed.error());
    }
    return result;
  }

  std::chrono::sys_seconds CompletedUntil() const {
    return std::chrono::ceil<std::chrono::seconds>(clock_.Now() + once_.options.ttl);
  }

  void Release(Lock& lock, Error& error) const {
    const Status released = lock.Release(Afterwards(context_.stop.stop_requested()));
    if (released || lock.lost()) return;
    error.message += fmt::format("; the lock could not be given back: {}", released.error().ToString());
  }

  Error LostTo(const Error& error) const {
    return Fail(ErrorCode::kConflict,
                fmt::format("the lock on the record '{}' in {} was lost to another worker; nothing "
                            "was published here ({})",
                            identity_.id, once_.store->Describe(), error.message))
        .error();
  }

  /// The answer from a record's data, or nothing when the job has to run again.
  Result<std::optional<JobResult>> Replay(const std::string& text) const {
    auto data = ParseOnceData(text);
    if (!data || !LivesLongEnough(request_.urls, data->result.expires_at, clock_.Now())) return std::nullopt;
    JobResult& result = data->result;
    const Bucket bucket = *Bucket::Parse(*result.bucket);
    auto found = s3::FindAttempt(*services_.client, context_, bucket, *result.key, data->attempt_id);
    if (!found) {
      // S3 says 403 for a missing key to those who may not list.
      const ErrorCode code = found.error().code;
      const bool gone = code == ErrorCode::kNotFound || code == ErrorCode::kConflict || code == ErrorCode::kDenied;
      return gone ? Result<std::optional<JobResult>>(std::nullopt) : Forward(found);
    }
    Status is_signed = SignUrl(bucket, &result);
    if (!is_signed) return Forward(is_signed);
    if (!LivesLongEnough(request_.urls, result.expires_at, clock_.Now())) return std::nullopt;
    result.replayed = true;
    result.elapsed = services_.clock->Now() - started_;
    return std::move(result);
  }

  /// Signs the manifest's URL for what is left of its URLs' life.
  Status SignUrl(const Bucket& bucket, JobResult* result) const {
    const auto left = std::chrono::floor<std::chrono::seconds>(result->expires_at - clock_.Now());
    const UrlOptions options{.expires_in = std::clamp(left, std::chrono::seconds(1), kMaxExpiresIn),
                             .signed_query = {},
                             .signing_time = std::nullopt,
                             .allow_short_lived = true};
    auto signer = UrlSigner::Create(options, services_.client, context_, services_.url_credentials);
    if (!signer) return Forward(signer);
    auto presigner = signer->ForBucket(bucket, {});
    if (!presigner) return Forward(presigner);
    result->manifest_url = presigner->GetUrl(*result->key);
    result->expires_at = std::min(result->expires_at, signer->life().expires_at);
    result->expires_at_is_upper_bound |= signer->life().expires_at_is_upper_bound;
    return {};
  }

  const JobRequest& request_;
  const Services& services_;
  const Once& once_;
  const CallContext& context_;
  const Clock& clock_;
  const JobIdentity identity_;
  const TimePoint started_;
  bool left_ = false;  // the lock was given back with a checkpoint
};

/// Whether an object `prefix` + hexadecimal digits can be among those that `request` lists.
bool IsListed(const JobRequest& request, const idempotency::S3Address& address) {
  if (address.bucket != request.bucket) return false;
  const std::string_view listed = request.prefix;
  if (address.prefix.starts_with(listed)) return true;
  return listed.starts_with(address.prefix) &&
         listed.substr(address.prefix.size()).find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

Result<OnceOutcome> RunOnce(const JobRequest& request, const Services& services, const Once& once,
                            const CallContext& context) {
  Status valid = Validate(request);
  if (!valid) return Forward(valid);
  if (!std::holds_alternative<S3Target>(request.output)) {
    return Fail(ErrorCode::kInvalidArgument, "only a manifest in S3 can be kept track of");
  }
  return OnceRun(request, services, once, context).Execute();
}

Status CheckStore(const JobRequest& request, const idempotency::StoreAddress& address) {
  if (std::holds_alternative<idempotency::NoStore>(address)) return {};
  if (!std::holds_alternative<S3Target>(request.output)) {
    return Fail(ErrorCode::kInvalidArgument, "only a manifest in S3 can be kept track of; name such an output");
  }
  const auto* s3 = std::get_if<idempotency::S3Address>(&address);
  if (s3 == nullptr || !IsListed(request, *s3)) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("s3://{}/{} lies under the listed prefix: the manifest would list the records",
                          s3->bucket.name(), s3->prefix));
}

Error AsError(const InProgress& in_progress) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(in_progress.remaining).count();
  Error error;
  error.code = ErrorCode::kConflict;
  error.message = fmt::format("the same job runs elsewhere; its lock ends in {} s unless it is renewed", seconds);
  error.retry_after = in_progress.remaining;
  return error;
}

}  // namespace signpost::job
