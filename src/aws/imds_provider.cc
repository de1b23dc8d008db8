#include "aws/imds_provider.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "aws/credentials_json.h"
#include "aws/service_error.h"

namespace signpost::aws {
namespace {

constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";

int SmallNumber(const std::optional<std::string>& text, int otherwise) {
  int value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc()) return otherwise;
  return std::clamp(value, 1, 60);
}

}  // namespace

ImdsProvider::ImdsProvider(const ProviderContext& context) : context_(context), host_(context.imds_host) {
  const Environment& environment = *context.environment;
  const auto mode = environment.Get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
  if (mode && EqualsIgnoringCase(*mode, "ipv6")) host_ = "http://[fd00:ec2::254]";
  if (const auto endpoint = environment.Get("AWS_EC2_METADATA_SERVICE_ENDPOINT")) host_ = *endpoint;
  while (host_.ends_with('/')) host_.pop_back();
  timeout_ = std::chrono::seconds(SmallNumber(environment.Get("AWS_METADATA_SERVICE_TIMEOUT"), 1));
  attempts_ = SmallNumber(environment.Get("AWS_METADATA_SERVICE_NUM_ATTEMPTS"), 1);
}

Result<std::string> ImdsProvider::Ask(const CallContext& context, const http::Request& request) const {
  Result<std::string> body = Fail(ErrorCode::kUnauthenticated, Describe());
  for (int i = 0; i < attempts_ && !body; ++i) {
    CallContext limited = context;
    const TimePoint end = context_.clock->Now() + timeout_;
    limited.deadline = context.deadline ? std::min(*context.deadline, end) : end;
    http::Response response;
    Status sent = context_.transport->Send(limited, request, &response);
    if (context.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled");
    if (!sent) {
      body = std::unexpected(std::move(sent.error()).Within(Describe()));
    } else if (response.status >= 300) {
      body = std::unexpected(ServiceError(Describe(), response));
    } else {
      body = std::move(response.body);
    }
  }
  return body;
}

Result<Credentials> ImdsProvider::Fetch(const CallContext& context) {
  http::Request token_request{.method = "PUT", .url = host_ + "/latest/api/token"};
  token_request.headers.Add("x-aws-ec2-metadata-token-ttl-seconds", "21600");
  auto token = Ask(context, token_request);
  if (!token) return Forward(token);
  http::Request request{.url = host_ + std::string(kRolePath)};
  request.headers.Add("x-aws-ec2-metadata-token", *token);
  auto role = Ask(context, request);
  if (!role) return Forward(role);
  const std::string name = role->substr(0, role->find_first_of("\r\n"));
  if (name.empty()) return Fail(ErrorCode::kUnauthenticated, "the instance has no role");
  request.url += name;
  auto body = Ask(context, request);
  if (!body) return Forward(body);
  return ParseCredentialsJson(*body, Describe());
}

}  // namespace signpost::aws
