#include "aws/sso_provider.h"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "aws/fetch.h"
#include "aws/json_text.h"
#include "aws/partition.h"
#include "aws/sso_token.h"
#include "base/bytes.h"

namespace signpost::aws {
namespace {

std::string Sha1Hex(std::string_view text) {
  std::array<std::uint8_t, 20> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return HexEncode(digest);
}

}  // namespace

Result<std::unique_ptr<CredentialsProvider>> SsoProvider::Create(const ProviderContext& world,
                                                                 const std::string& profile_name,
                                                                 const Section& profile) {
  const auto incomplete = [&](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("profile '{}': {}", profile_name, why));
  };
  Config config{.profile = profile_name};
  config.account_id = Get(profile, "sso_account_id").value_or("");
  config.role_name = Get(profile, "sso_role_name").value_or("");
  if (config.account_id.empty() || config.role_name.empty())
    return incomplete("sso_account_id or sso_role_name is missing");
  if (const auto session_name = Get(profile, "sso_session")) {
    const Section* session = world.settings->files.SsoSession(*session_name);
    if (session == nullptr) return incomplete(fmt::format("there is no [sso-session {}]", *session_name));
    config.cache_name = *session_name;
    config.region = Get(*session, "sso_region").value_or("");
  } else {
    config.cache_name = Get(profile, "sso_start_url").value_or("");
    config.region = Get(profile, "sso_region").value_or("");
  }
  if (config.cache_name.empty() || config.region.empty()) return incomplete("sso_start_url or sso_region is missing");
  Status valid = CheckRegion({config.region});
  if (!valid) return Forward(valid);
  return std::unique_ptr<CredentialsProvider>(new SsoProvider(world, std::move(config)));
}

Result<Credentials> SsoProvider::Fetch(const CallContext& context) {
  auto token = SsoAccessToken(
      world_, context,
      {.cache_path = fmt::format("{}/.aws/sso/cache/{}.json", world_.settings->home, Sha1Hex(config_.cache_name)),
       .region = config_.region});
  if (!token && token.error().code == ErrorCode::kUnauthenticated) {
    token.error().message += fmt::format("; run 'aws sso login --profile {}'", config_.profile);
  }
  if (!token) return Forward(token);
  const std::string base = world_.settings->sso_endpoint_url.value_or(
      fmt::format("https://portal.sso.{}.{}", config_.region, DnsSuffixOf({config_.region})));
  http::Request request{.url = fmt::format("{}/federation/credentials?account_id={}&role_name={}", base,
                                           PercentEncode(config_.account_id), PercentEncode(config_.role_name))};
  request.headers.Add("x-amz-sso_bearer_token", std::string(token->Reveal()));
  auto body = FetchBody(world_, context, request, Describe());
  if (!body) return Forward(body);
  const auto json = nlohmann::json::parse(*body, nullptr, /*allow_exceptions=*/false);
  const auto role = json.is_object() ? json.find("roleCredentials") : json.end();
  if (!json.is_object() || role == json.end()) {
    return Fail(ErrorCode::kUnauthenticated, Describe() + ": the answer holds no roleCredentials");
  }
  Credentials credentials{.access_key_id = TextOf(*role, "accessKeyId"),
                          .secret_access_key = SecretString(TextOf(*role, "secretAccessKey")),
                          .session_token = SecretString(TextOf(*role, "sessionToken")),
                          .expires_at = std::nullopt};
  const auto expiration = role->is_object() ? role->find("expiration") : role->end();
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() || expiration == role->end() ||
      !expiration->is_number_integer()) {
    return Fail(ErrorCode::kUnauthenticated, Describe() + ": the answer's roleCredentials are incomplete");
  }
  credentials.expires_at =
      std::chrono::floor<std::chrono::seconds>(TimePoint(std::chrono::milliseconds(expiration->get<std::int64_t>())));
  return credentials;
}

}  // namespace signpost::aws
