#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signpost/request_signer.h"
#include "signpost/signing_scope.h"

#include "sigv4/sha256.h"

namespace signpost::sigv4 {

using NameValues = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view kS3Service = "s3";

/// Names and values percent-encoded, sorted by encoded name, then value, joined with '=' and '&': the canonical query
/// string (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html).
std::string CanonicalQuery(const NameValues& raw);

/// "20260101/eu-central-1/s3/aws4_request".
std::string CredentialScope(std::chrono::sys_seconds time, const Region& region, std::string_view service);

/// The four string-to-sign lines without the last: algorithm, time and scope, each with its line feed.
std::string StringToSignHead(std::chrono::sys_seconds time, std::string_view scope);

/// HMAC chain over date, region, service and "aws4_request". What it derives on the way is wiped.
HmacKey SigningKey(std::string_view secret, std::chrono::sys_seconds time, const Region& region,
                   std::string_view service);

/// Canonical headers and the list of their names.
struct CanonicalHeaders {
  std::string block;         ///< "name:value\n" for each name, lower-case and in order; values trimmed, inner runs of
                             ///< spaces folded to one, those of a repeated name joined with ',' in the order given.
  std::string signed_names;  ///< "host;x-amz-date".
};
CanonicalHeaders Canonicalize(const NameValues& headers);

/// The canonical request; `headers` is Canonicalize() of all headers that are signed.
std::string CanonicalRequest(const SignableRequest& request, const CanonicalHeaders& headers);

}  // namespace signpost::sigv4
