#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signpost/credentials.h"
#include "signpost/error.h"
#include "signpost/signing_scope.h"

namespace signpost {

/// Query parameters that every URL carries and signs, raw (not percent-encoded): `{"x-amz-request-payer",
/// "requester"}`,
/// `{"response-content-disposition", "attachment"}`.
using SignedQuery = std::vector<std::pair<std::string, std::string>>;

/// Signs many GET URLs that share one bucket, scope and set of credentials (AWS Signature Version 4, query string:
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
///
/// Create() derives the key, the HMAC midstates and the constant query once; each URL then costs hashing its canonical
/// request and two SHA-256 runs of the outer HMACs. Only `host` is signed as a header, so that a bare GET works. Keys
/// are percent-encoded once and never normalised: `a/../b`, `//` and `%41` stay what they are.
///
/// Thread-safe: const methods may be called concurrently. A copy is cheap and shares what was derived, which never
/// changes; a move is a copy, so that no Presigner is ever without.
class Presigner {
 public:
  /// Returns kInvalidArgument if `scope.expires_in` is outside 1 s to 7 days, `scope.region`, the access key id
  /// or the secret is empty, or `signed_query` names an X-Amz-* signature parameter or the same name twice.
  static Result<Presigner> Create(const Credentials& credentials, const ObjectEndpoint& endpoint,
                                  const SigningScope& scope, const SignedQuery& signed_query = {});

  Presigner(const Presigner&) = default;
  Presigner& operator=(const Presigner&) = default;
  ~Presigner() = default;

  /// Appends the signed GET URL for `key` to `*out`. `key` is raw bytes, 1 to 1,024 (longer keys are signed too; S3
  /// refuses them). The URL is pure ASCII without quotes, backslashes, spaces or control characters. For many keys,
  /// UrlBatch takes less time.
  void AppendGetUrl(std::string_view key, std::string* out) const;

  /// The signed GET URL for `key`; see AppendGetUrl().
  std::string GetUrl(std::string_view key) const;

 private:
  friend class UrlBatch;
  struct State;
  explicit Presigner(std::shared_ptr<const State> state);

  std::shared_ptr<const State> state_;
};

}  // namespace signpost
