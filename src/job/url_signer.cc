#include "job/url_signer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time_format.h"

namespace signpost::job {
namespace {

/// What the credentials must still last beyond the URLs' life when it is checked, for the time until the signing.
constexpr std::chrono::seconds kMargin{30};

}  // namespace

Result<UrlSigner> UrlSigner::Create(const UrlOptions& options, s3::Client* client, const CallContext& context) {
  auto credentials = client->credentials().Get(context, options.expires_in + kMargin);
  if (!credentials) return Forward(credentials);
  const auto now = options.signing_time.value_or(std::chrono::floor<std::chrono::seconds>(client->clock().Now()));
  const auto wanted = now + options.expires_in;
  if (credentials->expires_at && *credentials->expires_at < wanted && !options.allow_short_lived) {
    return Fail(
        ErrorCode::kUnauthenticated,
        fmt::format("URLs asked to live until {} would end with the credentials ({}) at {}; ask for less, use "
                    "longer-lived credentials, or --allow-short-lived",
                    FormatRfc3339(wanted), client->credentials().Describe(), FormatRfc3339(*credentials->expires_at)));
  }
  UrlSigner signer(client, std::move(*credentials), options.expires_in);
  if (options.signing_time) signer.FixTime(*options.signing_time);
  return signer;
}

Result<Presigner> UrlSigner::ForBucket(const Bucket& bucket, const SignedQuery& signed_query) {
  if (!time_is_fixed_) FixTime(std::chrono::floor<std::chrono::seconds>(client_->clock().Now()));
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
