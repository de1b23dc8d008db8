#include "aws/sts.h"

#include <fmt/format.h>
#include <pugixml.hpp>

#include "signpost/request_signer.h"

#include "aws/partition.h"
#include "aws/service_error.h"
#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/sha256.h"

namespace signpost::aws {
namespace {

std::string FormBody(std::string_view action, const AssumeRoleRequest& request) {
  std::string body = fmt::format("Action={}&Version=2011-06-15&RoleArn={}&RoleSessionName={}", action,
                                 PercentEncode(request.role_arn), PercentEncode(request.session_name));
  if (request.external_id) body += "&ExternalId=" + PercentEncode(*request.external_id);
  if (request.duration) body += fmt::format("&DurationSeconds={}", request.duration->count());
  return body;
}

Result<Credentials> ParseAnswer(std::string_view what, const std::string& body) {
  pugi::xml_document document;
  const auto refuse = [what](std::string_view why) {
    return Fail(ErrorCode::kUnavailable, fmt::format("{}: {}", what, why));
  };
  if (!document.load_buffer(body.data(), body.size())) return refuse("the answer is not complete XML");
  const pugi::xml_node root = document.document_element();
  const pugi::xml_node node = root.first_child().child("Credentials");
  Credentials credentials{.access_key_id = node.child_value("AccessKeyId"),
                          .secret_access_key = SecretString(node.child_value("SecretAccessKey")),
                          .session_token = SecretString(node.child_value("SessionToken")),
                          .expires_at = std::nullopt};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return refuse("the answer holds no credentials");
  }
  const auto expiration = ParseRfc3339(node.child_value("Expiration"));
  if (!expiration) return refuse("the answer's Expiration is no time");
  credentials.expires_at = *expiration;
  return credentials;
}

Result<Credentials> Call(const ProviderContext& world, const CallContext& context, std::string_view what,
                         const std::string& body, const Credentials* source) {
  const Region region{world.settings->region.value_or("us-east-1")};
  Status valid = CheckRegion(region);
  if (!valid) return Forward(valid);
  std::string url =
      world.settings->sts_endpoint_url.value_or(fmt::format("https://sts.{}.{}", region.name, DnsSuffixOf(region)));
  while (url.ends_with('/')) url.pop_back();
  const std::string host = url.substr(std::min(url.find("://") + 3, url.size()));
  return world.retrier->Run(context, [&]() -> Result<Credentials> {
    http::Request request{.method = "POST", .url = url + "/", .body = body};
    request.headers.Add("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    if (source != nullptr) {
      SignableRequest signable{.method = "POST", .encoded_path = "/"};
      const std::string hash = HexEncode(sigv4::Sha256Of(body));
      signable.payload_hash = hash;
      signable.headers = {{"host", host}};
      const RequestSigner signer(*source, region, "sts");
      const auto now = std::chrono::floor<std::chrono::seconds>(world.clock->Now());
      for (auto& [name, value] : signer.Sign(signable, now)) request.headers.Add(std::move(name), std::move(value));
    }
    http::Response response;
    Status sent = world.transport->Send(context, request, &response);
    if (!sent) return std::unexpected(std::move(sent.error()).Within(what));
    if (response.status >= 300) return std::unexpected(ServiceError(what, response));
    return ParseAnswer(what, response.body);
  });
}

}  // namespace

Result<Credentials> AssumeRole(const ProviderContext& world, const CallContext& context, const Credentials& source,
                               const AssumeRoleRequest& request) {
  return Call(world, context, fmt::format("assuming the role {}", request.role_arn), FormBody("AssumeRole", request),
              &source);
}

Result<Credentials> AssumeRoleWithWebIdentity(const ProviderContext& world, const CallContext& context,
                                              const AssumeRoleRequest& request, const SecretString& token) {
  std::string body = FormBody("AssumeRoleWithWebIdentity", request);
  body += "&WebIdentityToken=" + PercentEncode(token.Reveal());
  return Call(world, context, fmt::format("assuming the role {} by web identity", request.role_arn), body, nullptr);
}

}  // namespace signpost::aws
