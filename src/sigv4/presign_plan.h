#pragma once

#include <string>
#include <string_view>

#include "signpost/presigner.h"

namespace signpost::sigv4 {

/// The texts around a key that are the same for every URL of one Presigner
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). With `path` for the percent-encoded
/// key:
/// - the canonical request is request_head + path + request_tail;
/// - the string to sign is to_sign_head + the request's SHA-256 in hex;
/// - the URL is url_head + path + url_tail + the signature in hex.
struct PresignPlan {
  std::string url_head;      ///< "https://host/base/".
  std::string url_tail;      ///< "?X-Amz-Algorithm=...&X-Amz-Signature=".
  std::string request_head;  ///< "GET\n/base/".
  std::string request_tail;  ///< From the line feed after the path on.
  std::string to_sign_head;  ///< Algorithm, time and scope, each with its line feed.

  /// The whole canonical request for `key` (raw bytes).
  std::string CanonicalRequest(std::string_view key) const;
  /// The whole string to sign for `key` (raw bytes).
  std::string StringToSign(std::string_view key) const;
};

/// Takes the arguments of Presigner::Create() and returns its errors.
Result<PresignPlan> PlanPresign(const Credentials& credentials, const ObjectEndpoint& endpoint,
                                const SigningScope& scope, const SignedQuery& signed_query);

}  // namespace signpost::sigv4
