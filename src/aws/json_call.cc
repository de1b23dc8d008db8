#include "aws/json_call.h"

#include <algorithm>

#include <fmt/format.h>

#include "signpost/request_signer.h"

#include "aws/partition.h"
#include "aws/service_error.h"
#include "base/bytes.h"
#include "sigv4/sha256.h"

namespace signpost::aws {
namespace {

/// "http://host:port/base" in two: the host header's value, and the path with a '/' at its beginning.
struct UrlParts {
  std::string host;
  std::string path;
};

UrlParts PartsOf(const std::string& url) {
  const std::size_t scheme_end = url.find("://");
  const std::size_t begin = scheme_end == std::string::npos ? 0 : scheme_end + 3;
  const std::size_t slash = std::min(url.find('/', begin), url.size());
  return {.host = url.substr(begin, slash - begin), .path = slash == url.size() ? "/" : url.substr(slash)};
}

}  // namespace

Result<std::string> CallJson(const JsonService& service, const CallContext& context, std::string_view what,
                             std::string_view action, std::string_view body) {
  if (Status valid = CheckEndpointUrl(service.url); !valid) return Forward(valid);
  if (Status valid = CheckRegion(service.region); !valid) return Forward(valid);
  const UrlParts parts = PartsOf(service.url);
  const std::string hash = HexEncode(sigv4::Sha256Of(body));
  return service.retrier->Run(context, [&]() -> Result<std::string> {
    auto credentials = service.credentials->Get(context);
    if (!credentials) return Forward(credentials);
    http::Request request{.method = "POST", .url = service.url, .body = body};
    SignableRequest signable{.method = "POST", .encoded_path = parts.path, .payload_hash = hash};
    signable.headers = {{"content-type", "application/x-amz-json-1.0"},
                        {"x-amz-target", fmt::format("{}.{}", service.target, action)}};
    request.headers = http::Headers(signable.headers);
    signable.headers.emplace_back("host", parts.host);
    const RequestSigner signer(std::move(*credentials), service.region, service.name);
    const auto now = std::chrono::floor<std::chrono::seconds>(service.clock->Now());
    for (auto& [name, value] : signer.Sign(signable, now)) request.headers.Add(std::move(name), std::move(value));
    http::Response response;
    Status sent = service.transport->Send(context, request, &response);
    if (!sent) return std::unexpected(std::move(sent.error()).Within(what));
    if (response.status >= 300) return std::unexpected(ServiceError(what, response));
    return std::move(response.body);
  });
}

std::string ServiceUrl(const std::optional<std::string>& endpoint_url, std::string_view service, const Region& region) {
  return endpoint_url ? *endpoint_url : fmt::format("https://{}.{}.{}", service, region.name, DnsSuffixOf(region));
}

}  // namespace signpost::aws
