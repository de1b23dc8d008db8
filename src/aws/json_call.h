#pragma once

#include <string>
#include <string_view>

#include "signpost/error.h"

#include "aws/credentials_provider.h"
#include "aws/settings.h"
#include "aws/skewed_clock.h"
#include "http/retry.h"
#include "http/transport.h"

namespace signpost::aws {

/// Where a service of the JSON protocol is asked, and by whom. The objects pointed to must outlive the call.
struct JsonService {
  std::string name;    ///< In the credential scope: "sqs".
  std::string target;  ///< The beginning of X-Amz-Target: "AmazonSQS".
  std::string url;     ///< "https://sqs.eu-central-1.amazonaws.com", or a custom endpoint.
  Region region;
  http::Transport* transport = nullptr;
  http::Retrier* retrier = nullptr;
  CredentialsCache* credentials = nullptr;
  const Clock* clock = nullptr;   ///< Dates the signatures.
  SkewedClock* skewed = nullptr;  ///< `clock`, where the server may correct it when it refuses a date; may be null.
  std::chrono::milliseconds idle_timeout{20'000};  ///< See http::Request.
};

/// Calls `action` with a JSON body by the protocol AWS JSON 1.0
/// (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html), retries as `service.retrier` says, and returns the
/// answer's body. A status of 300 or more is the service's error; messages begin with `what`. An answer that does not
/// have its x-amz-crc32 is asked for again. Expired credentials are renewed once where the source can, and the clock is
/// corrected once. `refusal`, if not null, becomes the body of an error of the service, which may tell more.
Result<std::string> CallJson(const JsonService& service, const CallContext& context, std::string_view what,
                             std::string_view action, std::string_view body, std::string* refusal = nullptr);

/// `endpoint_url` where there is one, else the regional host of the service in the region's partition.
std::string ServiceUrl(const std::optional<std::string>& endpoint_url, std::string_view service, const Region& region);

}  // namespace signpost::aws
