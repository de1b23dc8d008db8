#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/call_context.h"
#include "base/clock.h"
#include "job/checkpoint.h"
#include "job/job_request.h"
#include "job/job_result.h"
#include "s3/client.h"
#include "s3/multipart.h"

namespace signpost::job {

/// How far a job is; read by another thread while it runs.
struct Progress {
  std::atomic<std::uint64_t> objects{0};         ///< Rows written.
  std::atomic<std::uint64_t> pages{0};           ///< Pages written.
  std::atomic<int> parts{0};                     ///< Parts begun.
  std::atomic<std::uint64_t> manifest_bytes{0};  ///< Bytes written, those of the runs before included.
  std::atomic<bool> resumed{false};              ///< Goes on where an earlier run has stopped.
};

/// A manifest in S3 that is about to become visible.
struct Publication {
  const JobResult& result;            ///< As it will be, but for `manifest_url`.
  const s3::MultipartUpload& upload;  ///< All its parts are there.
};

/// A job that has stopped half-way: what it has done, and how another run goes on.
struct Paused {
  JobResult result;  ///< As far as it came; without `manifest_url`.
  s3::MultipartUpload upload;
  Checkpoint checkpoint;
};

/// What a job works with. The referenced objects must outlive the call.
struct Services {
  s3::Client* client = nullptr;                      ///< Reads the source and writes the manifest.
  aws::CredentialsCache* url_credentials = nullptr;  ///< Sign the URLs; null: those of `client`.
  Random* random = nullptr;                          ///< Names manifests: must not be guessable.
  const Clock* clock = nullptr;                      ///< For the elapsed time and deadlines.
  int standard_output = 1;                           ///< File descriptor of StandardOutputTarget.
  Progress* progress = nullptr;                      ///< May be null.
  /// Asked right before a manifest in S3 becomes visible; its failure is the job's. May be empty.
  std::function<Status(const Publication&)> before_publish = nullptr;
  /// Where an earlier run of the same request has stopped, to be continued; null: begin at the beginning.
  const Paused* earlier = nullptr;
  /// Makes the job one that can be continued, when its manifest goes to S3 and is in key order: from `clean_up_within`
  /// before the context's deadline on it lists only what is missing between pages that it has. When it then stops, or
  /// the services fail it for longer than retries last, `keep` is asked to remember where; when there is nothing new to
  /// remember, or after a cancel, where it began. After a success of `keep` the upload stays. Called at most once,
  /// after all requests to S3 have ended.
  std::function<Status(const Paused&)> keep = nullptr;
  std::chrono::milliseconds clean_up_within{10'000};  ///< Time to remove an unfinished output after a failure ...
  std::chrono::milliseconds clean_up_when_cancelled_within{600};  ///< ... and after a cancel.
};

/// Lists the prefix, presigns a GET URL for every object and publishes one manifest. Every URL is signed at one time
/// with one set of credentials. On failure nothing is published and what was uploaded is removed. Errors, beside those
/// of S3:
/// - kInvalidArgument: see Validate();
/// - kUnauthenticated: the credentials end before the URLs should and cannot be renewed
/// (JobRequest::allow_short_lived);
/// - kDeadlineExceeded: the deadline, or the URLs' life, passed before the manifest was complete; with
///   Services::keep the message says how many rows are kept.
Result<JobResult> RunJob(const JobRequest& request, const Services& services, const CallContext& context);

}  // namespace signpost::job
