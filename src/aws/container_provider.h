#pragma once

#include <string>

#include "aws/credentials_provider.h"
#include "aws/provider_context.h"

namespace signpost::aws {

/// The container endpoint of ECS and EKS
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html). The authorization token's file
/// is read anew each time, because EKS rotates it.
class ContainerProvider final : public CredentialsProvider {
 public:
  /// Whether the environment names a container endpoint.
  static bool IsConfigured(const Environment& environment);

  /// kInvalidArgument for a full URI that is neither https nor a loopback address nor one of the fixed ECS and EKS
  /// hosts.
  static Result<std::unique_ptr<CredentialsProvider>> Create(const ProviderContext& context);

  Result<Credentials> Fetch(const CallContext& context) override;
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return "the container endpoint"; }

 private:
  ContainerProvider(const ProviderContext& context, std::string url) : context_(context), url_(std::move(url)) {}
  Result<std::string> AuthorizationToken() const;

  const ProviderContext context_;
  const std::string url_;
};

}  // namespace signpost::aws
