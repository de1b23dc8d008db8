#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signpost/credentials.h"
#include "signpost/error.h"
#include "signpost/signing_scope.h"

namespace signpost {

/// The parts of an HTTP request that its signature covers.
struct SignableRequest {
  std::string_view method;
  std::string_view encoded_path;  ///< As on the request line: percent-encoded once, starts with '/'. Never normalised.
  std::vector<std::pair<std::string, std::string>> query;    ///< Raw names and values, any order.
  std::vector<std::pair<std::string, std::string>> headers;  ///< All are signed; must hold "host".
  std::string_view payload_hash;  ///< Lower-case hex SHA-256 of the body, or "UNSIGNED-PAYLOAD".
};

/// Signs requests in the Authorization header (AWS Signature Version 4,
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html) for one service, region and set of
/// credentials. The day's key is derived once and kept. Thread-safe. A copy is cheap and shares the
/// key that is kept; a move is a copy.
class RequestSigner {
 public:
  /// `service` is the name in the credential scope: "s3", "sts", "dynamodb".
  RequestSigner(Credentials credentials, Region region, std::string service);
  RequestSigner(const RequestSigner&) = default;
  RequestSigner& operator=(const RequestSigner&) = default;
  ~RequestSigner() = default;

  /// The headers to add to the request: X-Amz-Date, X-Amz-Content-Sha256, X-Amz-Security-Token (temporary credentials)
  /// and Authorization. `time` is the X-Amz-Date.
  std::vector<std::pair<std::string, std::string>> Sign(const SignableRequest& request,
                                                        std::chrono::sys_seconds time) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace signpost
