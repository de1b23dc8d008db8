#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "signpost/presigner.h"

#include "base/call_context.h"
#include "job/job_request.h"
#include "s3/client.h"

namespace signpost::job {

/// When the URLs of a job were signed and how long they hold.
struct UrlLife {
  std::chrono::sys_seconds signed_at;
  std::chrono::sys_seconds expires_at;     ///< The earlier of X-Amz-Expires and the credentials' end.
  bool expires_at_is_upper_bound = false;  ///< Temporary credentials of unknown end.
};

/// The one signing of a job: one time, one set of credentials, one region, for all its URLs.
class UrlSigner {
 public:
  /// Takes the credentials, renewed first if they end too early; see RunJob() for the errors. `client` must outlive
  /// this; `credentials` are the URLs', null: those of `client`.
  static Result<UrlSigner> Create(const UrlOptions& options, s3::Client* client, const CallContext& context,
                                  aws::CredentialsCache* credentials = nullptr);

  /// The presigner for objects of `bucket`. Call it after the first answer of S3 about the bucket: only then are its
  /// region and the server's time known. The time of the first call is the time of all.
  Result<Presigner> ForBucket(const Bucket& bucket, const SignedQuery& signed_query);

  /// Known after the first ForBucket().
  const UrlLife& life() const { return life_; }

 private:
  UrlSigner(s3::Client* client, Credentials credentials, std::string source, const UrlOptions& options)
      : client_(client),
        credentials_(std::move(credentials)),
        source_(std::move(source)),
        expires_in_(options.expires_in),
        allow_short_lived_(options.allow_short_lived) {}
  /// kUnauthenticated when the credentials end before a URL signed at `now` should.
  Status CheckCredentialsLast(std::chrono::sys_seconds now) const;
  void FixTime(std::chrono::sys_seconds now);

  s3::Client* client_;
  Credentials credentials_;
  std::string source_;  // of the credentials, for messages
  std::chrono::seconds expires_in_;
  bool allow_short_lived_;
  bool time_is_fixed_ = false;
  UrlLife life_;
};

}  // namespace signpost::job
