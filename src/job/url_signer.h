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

/// Names credentials without telling them: the same for the same access key and session token. 32 hexadecimal digits.
std::string FingerprintOf(const Credentials& credentials);

/// Whether URLs that end at `end` are still worth handing out at `now`: at least a third of 15 minutes, or of what was
/// asked for when that is less, is left.
bool LivesLongEnough(const UrlOptions& options, std::chrono::sys_seconds end, TimePoint now);

/// What an earlier run of the same job has signed with.
struct EarlierSigning {
  UrlLife life;
  std::string signer;  ///< UrlSigner::signer() of that run.
};

/// The one signing of a job: one time, one set of credentials, one region, for all its URLs.
class UrlSigner {
 public:
  /// Takes the credentials, renewed first if they end too early; see RunJob() for the errors. `client` must outlive
  /// this; `credentials` are the URLs', null: those of `client`.
  static Result<UrlSigner> Create(const UrlOptions& options, s3::Client* client, const CallContext& context,
                                  aws::CredentialsCache* credentials = nullptr);

  /// Goes on with an earlier run's signing. With its credentials, the URLs are as if that had signed them: life() is
  /// the same. With others they are signed at the present time, to end when the earlier ones do, or with the
  /// credentials.
  static Result<UrlSigner> Continue(const UrlOptions& options, const EarlierSigning& earlier, s3::Client* client,
                                    const CallContext& context, aws::CredentialsCache* credentials = nullptr);

  /// The presigner for objects of `bucket`. Call it after the first answer of S3 about the bucket: only then are its
  /// region and the server's time known. The time of the first call is the time of all.
  Result<Presigner> ForBucket(const Bucket& bucket, const SignedQuery& signed_query);

  /// Known after the first ForBucket().
  const UrlLife& life() const { return life_; }
  /// FingerprintOf() the credentials of all URLs, those of earlier runs included; empty when they are not the same.
  std::string signer() const { return others_before_ ? std::string() : FingerprintOf(credentials_); }

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
  void FixTimeAfter(const EarlierSigning& earlier, std::chrono::sys_seconds now);

  s3::Client* client_;
  Credentials credentials_;
  std::string source_;  // of the credentials, for messages
  std::chrono::seconds expires_in_;
  bool allow_short_lived_;
  bool time_is_fixed_ = false;
  bool others_before_ = false;             // earlier runs had other credentials
  std::chrono::sys_seconds sign_at_;       // once it is fixed
  std::optional<EarlierSigning> earlier_;  // to be continued
  UrlLife life_;
};

}  // namespace signpost::job
