#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "signpost/request_signer.h"

#include "aws/credentials_provider.h"
#include "aws/s3_endpoint.h"
#include "aws/skewed_clock.h"
#include "base/bucket.h"
#include "http/retry.h"
#include "http/transport.h"
#include "s3/attempt_gate.h"

namespace signpost::s3 {

/// Options that go with every request, as in the S3 API.
struct ClientOptions {
  Region region;  ///< Where to ask first; a bucket elsewhere is learnt from S3's answer.
  aws::S3EndpointConfig endpoint;
  bool request_payer = false;                        ///< x-amz-request-payer: requester.
  std::optional<std::string> expected_bucket_owner;  ///< x-amz-expected-bucket-owner: a 12-digit account id.
};

/// One request of the S3 API, before addressing and signing.
struct Operation {
  std::string what;  ///< For messages: "listing s3://bucket/prefix".
  std::string method = "GET";
  Bucket bucket;
  std::string key;                                           ///< Raw; empty: the bucket itself.
  std::vector<std::pair<std::string, std::string>> query;    ///< Raw names and values.
  std::vector<std::pair<std::string, std::string>> headers;  ///< Signed, beside those that the client adds.
  std::string_view body;                                     ///< Must outlive the call.
  std::chrono::milliseconds idle_timeout{20'000};
  int min_bytes_per_second = 100;           ///< See http::Request.
  AttemptGate* gate = nullptr;              ///< Each attempt passes it; may be null.
  bool retry_conditional_conflict = false;  ///< 409 ConditionalRequestConflict may be sent again as it is.
};

/// Sends S3 operations: addresses, signs, retries, and corrects once what S3 says is wrong: the region
/// (PermanentRedirect, AuthorizationHeaderMalformed; only on AWS hosts that we built), the clock (RequestTimeTooSkewed,
/// from the Date header) and expired credentials (refreshed where the source can). Thread-safe.
class Client {
 public:
  /// The referenced objects must outlive this one.
  Client(ClientOptions options, http::Transport* transport, aws::CredentialsCache* credentials, http::Retrier* retrier,
         aws::SkewedClock* clock);
  ~Client();

  /// Sends `operation` until it gets a status below 300 or a final failure. `check` may refuse an answer (a cut XML,
  /// say): its error decides about a retry as any other does. It may run several times; null accepts all.
  Status Send(const CallContext& context, const Operation& operation, http::Response* response,
              const std::function<Status(http::Response&)>& check = nullptr);

  /// The region of `bucket` as far as it is known: asked first, corrected by every answer.
  Region RegionOf(const Bucket& bucket) const;

  /// The endpoint of `bucket` in RegionOf(): what its objects' URLs are made of.
  Result<ObjectEndpoint> EndpointOf(const Bucket& bucket) const;

  aws::SkewedClock& clock() { return *clock_; }
  aws::CredentialsCache& credentials() { return *credentials_; }
  const ClientOptions& options() const { return options_; }

 private:
  struct Corrections;
  struct Sent;

  Status SendThroughGate(const CallContext& context, const Operation& operation, const Credentials& credentials,
                         const Region& region, const std::string& payload_hash, http::Response* response);
  Status SendOnce(const CallContext& context, const Operation& operation, const Credentials& credentials,
                  const Region& region, const std::string& payload_hash, http::Response* response);
  /// Mends what `error` says is wrong, at most once for each kind; true when the request should be sent again.
  bool Correct(const CallContext& context, const Operation& operation, const Sent& with, const Error& error,
               const http::Response& response, Corrections* done);
  void LearnFrom(const Bucket& bucket, const http::Response& response);
  void LearnRegion(const Bucket& bucket, std::string region);
  std::shared_ptr<const RequestSigner> SignerFor(const Credentials& credentials, const Region& region);

  const ClientOptions options_;
  http::Transport* const transport_;
  aws::CredentialsCache* const credentials_;
  http::Retrier* const retrier_;
  aws::SkewedClock* const clock_;
  std::atomic<bool> clock_is_set_{false};
  mutable std::mutex mutex_;
  std::map<std::string, Region, std::less<>> regions_;  // guarded by mutex_; by bucket
  std::shared_ptr<const RequestSigner> signer_;         // guarded by mutex_; the last one used ...
  Region signer_region_;                                // guarded by mutex_; ... and what it was made for
  Credentials signer_credentials_;                      // guarded by mutex_
};

/// "name=value&..." percent-encoded, in the order given.
std::string EncodeQuery(const std::vector<std::pair<std::string, std::string>>& query);

}  // namespace signpost::s3
