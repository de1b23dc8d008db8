#include "signpost/request_signer.h"

#include <mutex>
#include <optional>

#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/canonical.h"

namespace signpost {

using sigv4::HmacKey;

struct RequestSigner::State {
  Credentials credentials;
  Region region;
  std::string service;

  std::mutex mutex;
  std::chrono::sys_days day;       // guarded by mutex
  std::optional<HmacKey> day_key;  // guarded by mutex; the signing key of `day`

  HmacKey KeyOf(std::chrono::sys_seconds time) {
    const auto wanted = std::chrono::floor<std::chrono::days>(time);
    const std::lock_guard lock(mutex);
    if (!day_key || day != wanted) {
      day_key.emplace(sigv4::SigningKey(credentials.secret_access_key.Reveal(), time, region, service));
      day = wanted;
    }
    return *day_key;
  }
};

RequestSigner::RequestSigner(Credentials credentials, Region region, std::string service)
    : state_(std::make_shared<State>()) {
  state_->credentials = std::move(credentials);
  state_->region = std::move(region);
  state_->service = std::move(service);
}

std::vector<std::pair<std::string, std::string>> RequestSigner::Sign(const SignableRequest& request,
                                                                     std::chrono::sys_seconds time) const {
  std::vector<std::pair<std::string, std::string>> added = {
      {"X-Amz-Date", FormatBasic(time)}, {"X-Amz-Content-Sha256", std::string(request.payload_hash)}};
  const Credentials& credentials = state_->credentials;
  if (!credentials.session_token.empty()) {
    added.emplace_back("X-Amz-Security-Token", credentials.session_token.Reveal());
  }
  sigv4::NameValues all = request.headers;
  all.insert(all.end(), added.begin(), added.end());
  const auto headers = sigv4::Canonicalize(all);

  const std::string scope = sigv4::CredentialScope(time, state_->region, state_->service);
  std::string to_sign = sigv4::StringToSignHead(time, scope);
  to_sign += HexEncode(sigv4::Sha256Of(sigv4::CanonicalRequest(request, headers)));

  std::string authorization(sigv4::kAlgorithm);
  authorization.append(" Credential=").append(credentials.access_key_id).append("/").append(scope);
  authorization.append(", SignedHeaders=").append(headers.signed_names);
  authorization.append(", Signature=").append(HexEncode(state_->KeyOf(time).Sign(to_sign)));
  added.emplace_back("Authorization", std::move(authorization));
  return added;
}

}  // namespace signpost
