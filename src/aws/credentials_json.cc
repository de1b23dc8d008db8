#include "aws/credentials_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "aws/json_text.h"
#include "base/time_format.h"

namespace signpost::aws {
Result<Credentials> ParseCredentialsJson(std::string_view text, std::string_view what) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto refuse = [what](std::string_view why) {
    return Fail(ErrorCode::kUnauthenticated, fmt::format("{}: {}", what, why));
  };
  if (!json.is_object()) return refuse("the answer is not a JSON object");
  Credentials credentials;
  credentials.access_key_id = TextOf(json, "AccessKeyId");
  credentials.secret_access_key = SecretString(TextOf(json, "SecretAccessKey"));
  const std::string token = TextOf(json, "Token");
  credentials.session_token = SecretString(token.empty() ? TextOf(json, "SessionToken") : token);
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return refuse("the answer holds no AccessKeyId and SecretAccessKey");
  }
  if (const std::string expiration = TextOf(json, "Expiration"); !expiration.empty()) {
    const auto time = ParseRfc3339(expiration);
    if (!time) return refuse("the answer's Expiration is no RFC 3339 time");
    credentials.expires_at = *time;
  }
  return credentials;
}

}  // namespace signpost::aws
