#pragma once

#include <chrono>
#include <optional>
#include <variant>

#include "idempotency/store.h"
#include "idempotency/store_address.h"
#include "job/run_job.h"

namespace signpost::job {

struct OnceOptions {
  std::chrono::seconds ttl{86'400};            ///< How long a finished job may be answered from its record.
  std::chrono::milliseconds lock_for{60'000};  ///< The lock's life, renewed while the job runs; with a deadline in the
                                               ///< call's context the lock ends there instead.
  /// Where the door writes when nobody says: such a target does not shape the identity. Unset: s3://BUCKET/manifests/.
  std::optional<S3Target> default_output;
};

/// What a job is run once with. The referenced objects must outlive the call.
struct Once {
  idempotency::Store* store = nullptr;
  Sleeper* sleeper = nullptr;  ///< Between renewals of the lock.
  OnceOptions options;
};

/// The same job runs elsewhere.
struct InProgress {
  std::chrono::milliseconds remaining;  ///< Until its lock ends, if it is not renewed; more than 0.
};

using OnceOutcome = std::variant<JobResult, InProgress>;

/// Runs `request` unless the same job (job_identity.h) has been done or is under way:
/// - done, its manifest still exists and its URLs have at least min(expires_in, 15 min) / 3 left: answers from the
///   record, with a freshly signed manifest URL and `replayed` set;
/// - under way elsewhere: InProgress;
/// - else claims the job, runs it, and records the outcome. What another holder left behind is resolved first: a
///   manifest it has published is answered with, an upload that could still become one is aborted.
/// With a deadline in `context` a job that is too long for it leaves a checkpoint in the record, and the next call goes
/// on there, with the same upload. The upload is begun anew when its URLs have too little life left, when it is gone,
/// or when whoever went on with it did not stop in good order: then somebody may still be writing to it.
/// Exactly one manifest is published for each claim that completes, also when holders are killed or frozen at any
/// moment. Needs an output in S3 (else kInvalidArgument). Errors, beside those of RunJob():
/// - those of the store, after bounded retries: nothing runs without a lock;
/// - kConflict: the lock was lost to another worker while this one was stopped; it publishes nothing;
/// - kInvalidArgument: the record of this identity was made by a different request.
/// The lock is given back after every failure, also a cancel.
Result<OnceOutcome> RunOnce(const JobRequest& request, const Services& services, const Once& once,
                            const CallContext& context);

/// What a request and a store must keep to among each other (RunOnce() knows no address): the output is in S3, and the
/// store's records are not among the listed objects. Else kInvalidArgument.
Status CheckStore(const JobRequest& request, const idempotency::StoreAddress& address);

/// InProgress as an error for a door that has nothing better: kConflict, "the same job runs elsewhere; ...", with
/// `retry_after`.
Error AsError(const InProgress& in_progress);

}  // namespace signpost::job
