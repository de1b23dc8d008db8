#include "aws/sso_token.h"

#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "aws/fetch.h"
#include "aws/json_text.h"
#include "aws/partition.h"
#include "aws/read_file.h"
#include "base/time_format.h"

namespace signpost::aws {
namespace {

constexpr std::chrono::minutes kRefreshWindow{15};
constexpr std::int64_t kLongestLife = 366 * 24 * 3600;  // seconds

std::unexpected<Error> NotSignedIn(std::string why) { return Fail(ErrorCode::kUnauthenticated, std::move(why)); }

Result<std::chrono::sys_seconds> TimeOf(const nlohmann::json& json, const char* name) {
  std::string text = TextOf(json, name);
  // Older files write "UTC" for "Z".
  if (text.ends_with("UTC")) text.replace(text.size() - 3, 3, "Z");
  return ParseRfc3339(text);
}

bool CanRefresh(const nlohmann::json& cached, TimePoint now) {
  for (const char* name : {"refreshToken", "clientId", "clientSecret"}) {
    if (TextOf(cached, name).empty()) return false;
  }
  const auto registered_until = TimeOf(cached, "registrationExpiresAt");
  return registered_until && *registered_until > now;
}

/// Replaces the tokens in `*cached`.
Status Refresh(const ProviderContext& world, const CallContext& context, const std::string& region,
               nlohmann::json* cached) {
  const nlohmann::json asked = {{"grantType", "refresh_token"},
                                {"clientId", TextOf(*cached, "clientId")},
                                {"clientSecret", TextOf(*cached, "clientSecret")},
                                {"refreshToken", TextOf(*cached, "refreshToken")}};
  const std::string body = asked.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const std::string base =
      world.settings->sso_oidc_endpoint_url.value_or(fmt::format("https://oidc.{}.{}", region, DnsSuffixOf({region})));
  http::Request request{.method = "POST", .url = base + "/token", .body = body};
  request.headers.Add("content-type", "application/json");
  auto text = FetchBody(world, context, request, "refreshing the sign-in to IAM Identity Center");
  if (!text) return Forward(text);
  const auto answer = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const auto life = answer.is_object() ? answer.find("expiresIn") : answer.end();
  if (!answer.is_object() || TextOf(answer, "accessToken").empty() || life == answer.end() ||
      !life->is_number_integer() || *life <= 0 || *life > kLongestLife) {
    return NotSignedIn("refreshing the sign-in to IAM Identity Center: the answer holds no token");
  }
  const auto now = std::chrono::floor<std::chrono::seconds>(world.clock->Now());
  (*cached)["accessToken"] = answer["accessToken"];
  (*cached)["expiresAt"] = FormatRfc3339(now + std::chrono::seconds(life->get<std::int64_t>()));
  if (!TextOf(answer, "refreshToken").empty()) (*cached)["refreshToken"] = answer["refreshToken"];
  return {};
}

/// Replaces the file as a whole, readable by its owner alone. Best effort: a token that cannot be kept is good all the
/// same, and will be refreshed again.
void Keep(const std::string& path, const nlohmann::json& cached) {
  std::string text = cached.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string temporary = path + ".XXXXXX";
  const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);  // mode 0600
  if (descriptor < 0) return;
  const bool written = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = ::close(descriptor) == 0;
  if (!written || !closed || std::rename(temporary.c_str(), path.c_str()) != 0) ::unlink(temporary.c_str());
}

}  // namespace

Result<SecretString> SsoAccessToken(const ProviderContext& world, const CallContext& context,
                                    const SsoSignIn& sign_in) {
  auto text = ReadFile(sign_in.cache_path);
  if (!text && text.error().code == ErrorCode::kNotFound)
    return NotSignedIn("there is no sign-in to IAM Identity Center");
  if (!text) return Forward(text);
  auto cached = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!cached.is_object()) cached = nlohmann::json::object();
  const TimePoint now = world.clock->Now();
  const auto end = TimeOf(cached, "expiresAt");
  if (!end || TextOf(cached, "accessToken").empty()) {
    return NotSignedIn("the cached sign-in to IAM Identity Center cannot be read");
  }
  std::string refused;
  if (*end < now + kRefreshWindow && CanRefresh(cached, now)) {
    Status refreshed = Refresh(world, context, sign_in.region, &cached);
    if (refreshed) {
      Keep(sign_in.cache_path, cached);
      return SecretString(TextOf(cached, "accessToken"));
    }
    if (refreshed.error().code == ErrorCode::kCancelled) return Forward(refreshed);
    refused = "; " + refreshed.error().ToString();
  }
  if (*end <= now) {
    return NotSignedIn(fmt::format("the sign-in to IAM Identity Center expired at {}{}", FormatRfc3339(*end), refused));
  }
  return SecretString(TextOf(cached, "accessToken"));
}

}  // namespace signpost::aws
