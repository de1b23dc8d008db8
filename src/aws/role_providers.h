#pragma once

#include <memory>
#include <string>

#include "aws/credentials_provider.h"
#include "aws/sts.h"

namespace signpost::aws {

/// A role assumed with the credentials of another source.
class AssumeRoleProvider final : public CredentialsProvider {
 public:
  AssumeRoleProvider(const ProviderContext& world, std::unique_ptr<CredentialsProvider> source,
                     AssumeRoleRequest request)
      : world_(world), source_(std::move(source), world.clock), request_(std::move(request)) {}

  Result<Credentials> Fetch(const CallContext& context) override;
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return "the role " + request_.role_arn; }

 private:
  const ProviderContext world_;
  CredentialsCache source_;
  const AssumeRoleRequest request_;
};

/// A role assumed with an OpenID Connect token from a file, which is read anew each time, because it is rotated.
class WebIdentityProvider final : public CredentialsProvider {
 public:
  WebIdentityProvider(const ProviderContext& world, std::string token_file, AssumeRoleRequest request)
      : world_(world), token_file_(std::move(token_file)), request_(std::move(request)) {}

  Result<Credentials> Fetch(const CallContext& context) override;
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return "the role " + request_.role_arn + " by web identity"; }

 private:
  const ProviderContext world_;
  const std::string token_file_;
  const AssumeRoleRequest request_;
};

}  // namespace signpost::aws
