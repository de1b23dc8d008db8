#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "signpost/credentials.h"
#include "signpost/error.h"

#include "base/call_context.h"
#include "base/clock.h"

namespace signpost::aws {

/// A source of credentials. Implementations need not be thread-safe: CredentialsCache serialises the calls.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  /// Reads the source anew. kUnauthenticated when it has none, with a message that names the source and the reason.
  virtual Result<Credentials> Fetch(const CallContext& context) = 0;

  /// Whether Fetch() can return credentials that live longer than the last ones.
  virtual bool CanRefresh() const = 0;

  /// For messages: "environment variables", "profile 'dev'", "the instance metadata service".
  virtual std::string Describe() const = 0;
};

/// Keeps one set of credentials and renews it in time. Thread-safe.
class CredentialsCache {
 public:
  /// `clock` must outlive this object.
  CredentialsCache(std::unique_ptr<CredentialsProvider> provider, const Clock* clock);

  /// Credentials with at least `min_life` left, refreshed first when the source can. What the source cannot give longer
  /// is returned as it is: the caller compares `expires_at`. Credentials that have expired and cannot be refreshed are
  /// kUnauthenticated.
  Result<Credentials> Get(const CallContext& context, std::chrono::seconds min_life = std::chrono::minutes(5));

  /// Reads the source anew unless somebody did since `rejected` was current (an ExpiredToken answer, say).
  /// kUnauthenticated when the source cannot refresh.
  Result<Credentials> Renew(const CallContext& context, const Credentials& rejected);

  bool CanRefresh() const { return provider_->CanRefresh(); }
  std::string Describe() const { return provider_->Describe(); }

 private:
  Result<Credentials> FetchLocked(const CallContext& context);

  const std::unique_ptr<CredentialsProvider> provider_;
  const Clock* const clock_;
  std::mutex mutex_;
  std::optional<Credentials> current_;  // guarded by mutex_
};

}  // namespace signpost::aws
