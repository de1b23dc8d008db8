#pragma once

#include <memory>
#include <string>

#include "aws/credentials_provider.h"
#include "aws/provider_context.h"

namespace signpost::aws {

/// IAM Identity Center: the token that `aws sso login` left in ~/.aws/sso/cache, exchanged for a role's credentials
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html). Signing in again takes a browser, so
/// an expired token that cannot be refreshed is kUnauthenticated with the command to run.
class SsoProvider final : public CredentialsProvider {
 public:
  /// kInvalidArgument when the profile's SSO settings are incomplete or its sso-session does not exist.
  static Result<std::unique_ptr<CredentialsProvider>> Create(const ProviderContext& world,
                                                             const std::string& profile_name, const Section& profile);

  Result<Credentials> Fetch(const CallContext& context) override;
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return "IAM Identity Center for profile '" + config_.profile + "'"; }

 private:
  struct Config {
    std::string profile;
    std::string cache_name;  ///< What the cache file is named after: the session, or the start URL.
    std::string region;
    std::string account_id;
    std::string role_name;
  };
  SsoProvider(const ProviderContext& world, Config config) : world_(world), config_(std::move(config)) {}

  const ProviderContext world_;
  const Config config_;
};

}  // namespace signpost::aws
