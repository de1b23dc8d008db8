#include "sigv4/presign_plan.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/canonical.h"

namespace signpost::sigv4 {
namespace {

constexpr std::chrono::seconds kMostExpiresIn{604'800};

bool IsSignatureParameter(std::string_view name) {
  constexpr std::array<std::string_view, 7> kReserved = {
      "x-amz-algorithm", "x-amz-credential",    "x-amz-date",          "x-amz-expires",
      "x-amz-signature", "x-amz-signedheaders", "x-amz-security-token"};
  return std::ranges::find(kReserved, LowerCase(name)) != kReserved.end();
}

Status CheckArguments(const Credentials& credentials, const SigningScope& scope, const SignedQuery& signed_query) {
  if (scope.expires_in.count() < 1 || scope.expires_in > kMostExpiresIn) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a URL's life of {} s is not from 1 s to {} s",
                                                         scope.expires_in.count(), kMostExpiresIn.count()));
  }
  if (scope.region.name.empty()) return Fail(ErrorCode::kInvalidArgument, "the region to sign for is empty");
  if (credentials.access_key_id.empty()) return Fail(ErrorCode::kInvalidArgument, "the access key id is empty");
  if (credentials.secret_access_key.empty()) return Fail(ErrorCode::kInvalidArgument, "the secret access key is empty");
  for (const auto& [name, value] : signed_query) {
    const auto same = std::ranges::count(signed_query, name, [](const auto& other) { return other.first; });
    if (name.empty() || IsSignatureParameter(name) || same > 1) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' cannot be a signed query parameter", name));
    }
  }
  return {};
}

}  // namespace

Result<PresignPlan> PlanPresign(const Credentials& credentials, const ObjectEndpoint& endpoint,
                                const SigningScope& scope, const SignedQuery& signed_query) {
  Status valid = CheckArguments(credentials, scope, signed_query);
  if (!valid) return Forward(valid);
  const std::string credential_scope = CredentialScope(scope.time, scope.region, kS3Service);
  NameValues query = signed_query;
  query.emplace_back("X-Amz-Algorithm", kAlgorithm);
  query.emplace_back("X-Amz-Credential", credentials.access_key_id + "/" + credential_scope);
  query.emplace_back("X-Amz-Date", FormatBasic(scope.time));
  query.emplace_back("X-Amz-Expires", std::to_string(scope.expires_in.count()));
  query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials.session_token.empty()) {
    query.emplace_back("X-Amz-Security-Token", credentials.session_token.Reveal());
  }
  const std::string canonical_query = CanonicalQuery(query);

  PresignPlan plan;
  plan.url_head = fmt::format("{}://{}{}/", endpoint.scheme, endpoint.host, endpoint.base_path);
  plan.url_tail = fmt::format("?{}&X-Amz-Signature=", canonical_query);
  plan.request_head = fmt::format("GET\n{}/", endpoint.base_path);
  plan.request_tail = fmt::format("\n{}\nhost:{}\n\nhost\n{}", canonical_query, endpoint.host, kUnsignedPayload);
  plan.to_sign_head = StringToSignHead(scope.time, credential_scope);
  return plan;
}

std::string PresignPlan::CanonicalRequest(std::string_view key) const {
  return request_head + PercentEncode(key, /*keep_slash=*/true) + request_tail;
}

std::string PresignPlan::StringToSign(std::string_view key) const {
  return to_sign_head + HexEncode(Sha256Of(CanonicalRequest(key)));
}

}  // namespace signpost::sigv4
