#include "aws/container_provider.h"

#include <fmt/format.h>

#include "aws/credentials_json.h"
#include "aws/fetch.h"
#include "aws/read_file.h"

namespace signpost::aws {
namespace {

/// The host of an http(s) URL, without port.
std::string_view HostOf(std::string_view url) {
  url.remove_prefix(std::min(url.find("://") + 3, url.size()));
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with('[')) return url.substr(0, std::min(url.find(']'), url.size() - 1) + 1);
  return url.substr(0, url.find(':'));
}

bool MayGetToken(std::string_view url) {
  if (url.starts_with("https://")) return true;
  if (!url.starts_with("http://") || url.find('@') != std::string_view::npos) return false;
  const std::string_view host = HostOf(url);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]" || host == "169.254.170.2" ||
         host == "169.254.170.23" || host == "[fd00:ec2::23]";
}

}  // namespace

bool ContainerProvider::IsConfigured(const Environment& environment) {
  return environment.Get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
         environment.Get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
}

Result<std::unique_ptr<CredentialsProvider>> ContainerProvider::Create(const ProviderContext& context) {
  std::string url;
  if (const auto relative = context.environment->Get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    url = context.container_host + *relative;
  } else {
    url = context.environment->Get("AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("");
    if (!MayGetToken(url)) {
      return Fail(ErrorCode::kInvalidArgument,
                  "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to a loopback, ECS or EKS address");
    }
  }
  return std::unique_ptr<CredentialsProvider>(new ContainerProvider(context, std::move(url)));
}

Result<std::string> ContainerProvider::AuthorizationToken() const {
  std::string token;
  if (const auto file = context_.environment->Get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    auto text = ReadFile(*file);
    if (!text) return std::unexpected(std::move(text.error()).Within("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
    token = std::move(*text);
    while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  } else {
    token = context_.environment->Get("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  }
  if (token.find_first_of("\r\n") != std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument, "the container authorization token holds a line break");
  }
  return token;
}

Result<Credentials> ContainerProvider::Fetch(const CallContext& context) {
  auto token = AuthorizationToken();
  if (!token) return Forward(token);
  http::Request request{.url = url_};
  if (!token->empty()) request.headers.Add("Authorization", *token);
  auto body = FetchBody(context_, context, request, Describe());
  if (!body) return Forward(body);
  return ParseCredentialsJson(*body, Describe());
}

}  // namespace signpost::aws
