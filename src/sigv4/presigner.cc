#include "signpost/presigner.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/canonical.h"

namespace signpost {
namespace {

constexpr std::chrono::seconds kMostExpiresIn{604'800};
constexpr std::size_t kSignatureDigits = 64;

bool IsSignatureParameter(std::string_view name) {
  constexpr std::array<std::string_view, 7> kReserved = {
      "x-amz-algorithm", "x-amz-credential",    "x-amz-date",          "x-amz-expires",
      "x-amz-signature", "x-amz-signedheaders", "x-amz-security-token"};
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::ranges::find(kReserved, lower) != kReserved.end();
}

Status CheckArguments(const Credentials& credentials, const SigningScope& scope, const SignedQuery& signed_query) {
  if (scope.expires_in.count() < 1 || scope.expires_in > kMostExpiresIn) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a URL's life of {} s is not from 1 s to {} s",
                                                         scope.expires_in.count(), kMostExpiresIn.count()));
  }
  if (scope.region.name.empty()) return Fail(ErrorCode::kInvalidArgument, "the region to sign for is empty");
  if (credentials.access_key_id.empty()) return Fail(ErrorCode::kInvalidArgument, "the access key id is empty");
  for (std::size_t i = 0; i < signed_query.size(); ++i) {
    const std::string& name = signed_query[i].first;
    const auto same = [&name](const auto& other) { return other.first == name; };
    if (name.empty() || IsSignatureParameter(name) ||
        std::count_if(signed_query.begin(), signed_query.end(), same) > 1) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' cannot be a signed query parameter", name));
    }
  }
  return {};
}

}  // namespace

struct Presigner::State {
  std::string url_head;        // "https://host/base/": what every URL starts with
  std::string query;           // "?X-Amz-Algorithm=...&X-Amz-Signature=" : what follows the key
  std::string request_tail;    // of the canonical request, from the line feed after the path on
  sigv4::Sha256 request_head;  // has absorbed "GET\n/base/"
  sigv4::Sha256 to_sign_head;  // the inner HMAC, has absorbed all but the request's hash
  sigv4::HmacKey key;

  explicit State(sigv4::HmacKey signing_key) : key(std::move(signing_key)) {}
};

Result<Presigner> Presigner::Create(const Credentials& credentials, const ObjectEndpoint& endpoint,
                                    const SigningScope& scope, const SignedQuery& signed_query) {
  Status valid = CheckArguments(credentials, scope, signed_query);
  if (!valid) return Forward(valid);
  constexpr std::string_view kService = "s3";
  const std::string credential_scope = sigv4::CredentialScope(scope.time, scope.region, kService);
  sigv4::NameValues query = signed_query;
  query.emplace_back("X-Amz-Algorithm", sigv4::kAlgorithm);
  query.emplace_back("X-Amz-Credential", credentials.access_key_id + "/" + credential_scope);
  query.emplace_back("X-Amz-Date", FormatBasic(scope.time));
  query.emplace_back("X-Amz-Expires", std::to_string(scope.expires_in.count()));
  query.emplace_back("X-Amz-SignedHeaders", "host");
  if (!credentials.session_token.empty()) {
    query.emplace_back("X-Amz-Security-Token", credentials.session_token.Reveal());
  }
  const std::string canonical_query = sigv4::CanonicalQuery(query);

  auto state = std::make_unique<State>(
      sigv4::HmacKey(sigv4::SigningKey(credentials.secret_access_key.Reveal(), scope.time, scope.region, kService)));
  state->url_head = fmt::format("{}://{}{}/", endpoint.scheme, endpoint.host, endpoint.base_path);
  state->query = fmt::format("?{}&X-Amz-Signature=", canonical_query);
  state->request_tail =
      fmt::format("\n{}\nhost:{}\n\nhost\n{}", canonical_query, endpoint.host, sigv4::kUnsignedPayload);
  state->request_head.Update(fmt::format("GET\n{}/", endpoint.base_path));
  state->to_sign_head = state->key.inner();
  state->to_sign_head.Update(sigv4::StringToSignHead(scope.time, credential_scope));
  return Presigner(std::move(state));
}

Presigner::Presigner(std::unique_ptr<const State> state) : state_(std::move(state)) {}
Presigner::Presigner(const Presigner& other) : state_(std::make_unique<const State>(*other.state_)) {}
Presigner::Presigner(Presigner&&) noexcept = default;
Presigner& Presigner::operator=(const Presigner& other) {
  if (this != &other) state_ = std::make_unique<const State>(*other.state_);
  return *this;
}
Presigner& Presigner::operator=(Presigner&&) noexcept = default;
Presigner::~Presigner() = default;

void Presigner::AppendGetUrl(std::string_view key, std::string* out) const {
  const State& state = *state_;
  out->append(state.url_head);
  const std::size_t key_start = out->size();
  AppendPercentEncoded(key, /*keep_slash=*/true, out);
  sigv4::Sha256 request = state.request_head;
  request.Update(std::string_view(*out).substr(key_start));
  request.Update(state.request_tail);
  char hex[kSignatureDigits];
  sigv4::WriteHex(request.Finish(), hex);
  sigv4::Sha256 to_sign = state.to_sign_head;
  to_sign.Update(std::string_view(hex, sizeof hex));
  sigv4::WriteHex(state.key.Finish(to_sign), hex);
  out->append(state.query);
  out->append(hex, sizeof hex);
}

std::string Presigner::GetUrl(std::string_view key) const {
  std::string url;
  AppendGetUrl(key, &url);
  return url;
}

}  // namespace signpost
