#include "job/url_signer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/sha256.h"

namespace signpost::job {
namespace {

/// What the credentials must still last beyond the URLs' life when it is checked, for the time until the signing.
constexpr std::chrono::seconds kMargin{30};

}  // namespace

std::string FingerprintOf(const Credentials& credentials) {
  sigv4::Sha256 hash;
  hash.Update(credentials.access_key_id);
  hash.Update("\n");
  hash.Update(credentials.session_token.Reveal());
  return HexEncode(hash.Finish()).substr(0, 32);
}

bool LivesLongEnough(const UrlOptions& options, std::chrono::sys_seconds end, TimePoint now) {
  const auto least = std::min<std::chrono::seconds>(options.expires_in, std::chrono::minutes(15)) / 3;
  return end - now >= std::max(least, std::chrono::seconds(1));
}

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

Result<UrlSigner> UrlSigner::Continue(const UrlOptions& options, const EarlierSigning& earlier, s3::Client* client,
                                      const CallContext& context, aws::CredentialsCache* credentials) {
  const auto now = std::chrono::floor<std::chrono::seconds>(client->clock().Now());
  UrlOptions rest = options;
  rest.expires_in = std::clamp(earlier.life.expires_at - now, std::chrono::seconds(1), options.expires_in);
  rest.signing_time.reset();
  auto signer = Create(rest, client, context, credentials);
  if (!signer) return Forward(signer);
  signer->expires_in_ = options.expires_in;
  signer->earlier_ = earlier;
  return signer;
}

void UrlSigner::FixTimeAfter(const EarlierSigning& earlier, std::chrono::sys_seconds now) {
  time_is_fixed_ = true;
  life_ = earlier.life;
  if (credentials_.expires_at) {
    life_.expires_at = std::min(life_.expires_at, *credentials_.expires_at);
  } else {
    life_.expires_at_is_upper_bound |= !credentials_.session_token.empty();
  }
  sign_at_ = life_.signed_at;
  others_before_ = FingerprintOf(credentials_) != earlier.signer;
  if (!others_before_) return;
  // A session may be younger than the first URLs: it does not sign at a time before it began.
  sign_at_ = now;
  expires_in_ = std::clamp(earlier.life.expires_at - now, std::chrono::seconds(1), expires_in_);
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
    if (earlier_) {
      FixTimeAfter(*earlier_, now);
    } else {
      Status lasts = CheckCredentialsLast(now);
      if (!lasts) return Forward(lasts);
      FixTime(now);
    }
  }
  auto endpoint = client_->EndpointOf(bucket);
  if (!endpoint) return Forward(endpoint);
  const SigningScope scope{.region = client_->RegionOf(bucket), .time = sign_at_, .expires_in = expires_in_};
  return Presigner::Create(credentials_, *endpoint, scope, signed_query);
}

void UrlSigner::FixTime(std::chrono::sys_seconds now) {
  time_is_fixed_ = true;
  sign_at_ = now;
  life_.signed_at = now;
  life_.expires_at = now + expires_in_;
  if (credentials_.expires_at) {
    life_.expires_at = std::min(life_.expires_at, *credentials_.expires_at);
  } else {
    life_.expires_at_is_upper_bound = !credentials_.session_token.empty();
  }
}

}  // namespace signpost::job
