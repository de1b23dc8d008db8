#include "aws/json_call.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "signpost/request_signer.h"

#include "aws/partition.h"
#include "aws/service_error.h"
#include "base/bytes.h"
#include "base/time_format.h"
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

/// A difference of clocks that explains no refused signature.
constexpr std::chrono::minutes kTolerableSkew{1};

/// A damaged answer says nothing.
Status CheckCrc32(std::string_view what, const http::Response& response) {
  const auto sent = response.headers.Find("x-amz-crc32");
  if (!sent) return {};
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(response.body.data()), response.body.size());
  if (*sent == fmt::to_string(crc)) return {};
  return Fail(ErrorCode::kUnavailable, fmt::format("{}: the answer does not have its x-amz-crc32", what));
}

/// One call, with what was corrected in its course.
class JsonCall {
 public:
  JsonCall(const JsonService& service, const CallContext& context, std::string_view what, std::string_view action,
           std::string_view body)
      : service_(service),
        context_(context),
        what_(what),
        target_(fmt::format("{}.{}", service.target, action)),
        body_(body),
        hash_(HexEncode(sigv4::Sha256Of(body))),
        parts_(PartsOf(service.url)) {}

  /// An attempt, and another one when something could be corrected.
  Result<std::string> Attempt() {
    while (true) {
      auto credentials = service_.credentials->Get(context_);
      if (!credentials) return Forward(credentials);
      response_.body.clear();
      Status sent = Send(*credentials);
      if (sent) return std::move(response_.body);
      if (!Correct(sent.error(), *credentials)) return Forward(sent);
    }
  }

  std::string TakeBody() { return std::move(response_.body); }

 private:
  Status Send(const Credentials& credentials) {
    http::Request request{.method = "POST", .url = service_.url, .body = body_, .idle_timeout = service_.idle_timeout};
    SignableRequest signable{.method = "POST", .encoded_path = parts_.path, .payload_hash = hash_};
    signable.headers = {{"content-type", "application/x-amz-json-1.0"}, {"x-amz-target", target_}};
    request.headers = http::Headers(signable.headers);
    signable.headers.emplace_back("host", parts_.host);
    const RequestSigner signer(credentials, service_.region, service_.name);
    const auto now = std::chrono::floor<std::chrono::seconds>(service_.clock->Now());
    for (auto& [name, value] : signer.Sign(signable, now)) request.headers.Add(std::move(name), std::move(value));
    Status sent = service_.transport->Send(context_, request, &response_);
    if (!sent) return std::unexpected(std::move(sent.error()).Within(what_));
    if (Status whole = CheckCrc32(what_, response_); !whole) return whole;
    if (response_.status >= 300) return std::unexpected(ServiceError(what_, response_));
    return {};
  }

  bool Correct(const Error& error, const Credentials& used) {
    if (error.service_code == "ExpiredTokenException" && service_.credentials->CanRefresh() &&
        !std::exchange(credentials_renewed_, true)) {
      return service_.credentials->Renew(context_, used).has_value();
    }
    const bool refused =
        error.service_code == "InvalidSignatureException" || error.service_code == "SignatureDoesNotMatch";
    if (!refused || service_.skewed == nullptr || std::exchange(clock_corrected_, true)) return false;
    const auto date = response_.headers.Find("date");
    const auto server = date ? ParseHttpDate(*date) : Result<std::chrono::sys_seconds>(Fail({}, ""));
    if (!server || std::chrono::abs(*server - service_.clock->Now()) < kTolerableSkew) return false;
    service_.skewed->CorrectTo(*server);
    return true;
  }

  const JsonService& service_;
  const CallContext& context_;
  const std::string_view what_;
  const std::string target_;
  const std::string_view body_;
  const std::string hash_;
  const UrlParts parts_;
  http::Response response_;
  bool credentials_renewed_ = false;
  bool clock_corrected_ = false;
};

}  // namespace

Result<std::string> CallJson(const JsonService& service, const CallContext& context, std::string_view what,
                             std::string_view action, std::string_view body, std::string* refusal) {
  if (Status valid = CheckEndpointUrl(service.url); !valid) return Forward(valid);
  if (Status valid = CheckRegion(service.region); !valid) return Forward(valid);
  JsonCall call(service, context, what, action, body);
  auto answer = service.retrier->Run(context, [&] { return call.Attempt(); });
  if (!answer && refusal != nullptr) *refusal = call.TakeBody();
  return answer;
}

std::string ServiceUrl(const std::optional<std::string>& endpoint_url, std::string_view service, const Region& region) {
  return endpoint_url ? *endpoint_url : fmt::format("https://{}.{}.{}", service, region.name, DnsSuffixOf(region));
}

}  // namespace signpost::aws
