#include "aws/credentials_provider.h"

#include <fmt/format.h>

#include "base/time_format.h"

namespace signpost::aws {

CredentialsCache::CredentialsCache(std::unique_ptr<CredentialsProvider> provider, const Clock* clock)
    : provider_(std::move(provider)), clock_(clock) {}

Result<Credentials> CredentialsCache::Get(const CallContext& context, std::chrono::seconds min_life) {
  const std::lock_guard lock(mutex_);
  if (current_ && (!current_->expires_at || *current_->expires_at >= clock_->Now() + min_life)) return *current_;
  if (current_ && !provider_->CanRefresh() && *current_->expires_at > clock_->Now()) return *current_;
  auto fetched = FetchLocked(context);
  // What is still good for a while serves while the source is away.
  if (!fetched && current_ && *current_->expires_at > clock_->Now()) return *current_;
  return fetched;
}

Result<Credentials> CredentialsCache::Renew(const CallContext& context, const Credentials& rejected) {
  const std::lock_guard lock(mutex_);
  if (current_ && current_->session_token != rejected.session_token) return *current_;
  if (!provider_->CanRefresh()) {
    return Fail(ErrorCode::kUnauthenticated,
                fmt::format("the credentials from {} were rejected and cannot be refreshed", provider_->Describe()));
  }
  return FetchLocked(context);
}

Result<Credentials> CredentialsCache::FetchLocked(const CallContext& context) {
  auto fetched = provider_->Fetch(context);
  if (!fetched) return fetched;
  if (fetched->expires_at && *fetched->expires_at <= clock_->Now()) {
    return Fail(ErrorCode::kUnauthenticated, fmt::format("the credentials from {} expired at {}", provider_->Describe(),
                                                         FormatRfc3339(*fetched->expires_at)));
  }
  current_ = *fetched;
  return fetched;
}

}  // namespace signpost::aws
