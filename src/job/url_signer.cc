#include "job/url_signer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time_format.h"

namespace signpost::job {
namespace {

/// What the credentials must still last beyond the URLs' life when it is checked, for the time until the signing.
constexpr std::chrono::seconds kMargin{30};

}  // namespace

Result<UrlSigner> UrlSigner::Create(const UrlOptions& options, s3::Client* client, const CallContext& context,
                                    aws::CredentialsCache* credentials) {
  aws::CredentialsCache& source = credentials == nullptr ? client->credentials() : *credentials;
  auto taken = source.Get(context, options.expires_in + kMargin);
  if (!taken) return Forward(taken);
  const auto now = options.signing_time.value_or(std::chrono::floor<std::chrono::seconds>(client->clock().Now()));
  UrlSigner signer(client, std::move(*taken), source.Describe(), options);
  Status lasts = signer.CheckCredentialsLast(now);
  if (!lasts) return Forward(lasts);
  if (options.signing_time) signer.FixTime(*options.signing_time);
  return signer;
}

Status UrlSigner::CheckCredentialsLast(std::chrono::sys_seconds now) const {
  const auto wanted = now + expires_in_;
  if (allow_short_lived_ || !credentials_.expires_at || *credentials_.expires_at >= wanted) return {};
  return Fail(ErrorCode::kUnauthenticated,
              fmt::format("URLs asked to live until {} would end with the credentials ({}) at {}; ask for less, use "
                          "longer-lived credentials, or --allow-short-lived",
                          FormatRfc3339(wanted), source_, FormatRfc3339(*credentials_.expires_at)));
}

Result<Presigner> UrlSigner::ForBucket(const Bucket& bucket, const SignedQuery& signed_query) {
  if (!time_is_fixed_) {
    // The server's clock is known now; by ours, the credentials seemed to last.
    const auto now = std::chrono::floor<std::chrono::seconds>(client_->clock().Now());
    Status lasts = CheckCredentialsLast(now);
    if (!lasts) return Forward(lasts);
    FixTime(now);
  }
  auto endpoint = client_->EndpointOf(bucket);
  if (!endpoint) return Forward(endpoint);
  const SigningScope scope{.region = client_->RegionOf(bucket), .time = life_.signed_at, .expires_in = expires_in_};
  return Presigner::Create(credentials_, *endpoint, scope, signed_query);
}

void UrlSigner::FixTime(std::chrono::sys_seconds now) {
  time_is_fixed_ = true;
  life_.signed_at = now;
  life_.expires_at = now + expires_in_;
  if (credentials_.expires_at) {
    life_.expires_at = std::min(life_.expires_at, *credentials_.expires_at);
  } else {
    life_.expires_at_is_upper_bound = !credentials_.session_token.empty();
  }
}

}  // namespace signpost::job
