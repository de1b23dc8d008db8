#pragma once

#include <string>

#include "aws/credentials_provider.h"
#include "aws/provider_context.h"

namespace signpost::aws {

/// The instance metadata service, version 2
/// (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html): a session token by
/// PUT, the role's name, its credentials. There is no falling back to version 1. Each step has
/// AWS_METADATA_SERVICE_TIMEOUT seconds (1) and AWS_METADATA_SERVICE_NUM_ATTEMPTS tries (1), as in the AWS CLI.
class ImdsProvider final : public CredentialsProvider {
 public:
  explicit ImdsProvider(const ProviderContext& context);

  Result<Credentials> Fetch(const CallContext& context) override;
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return "the instance metadata service"; }

 private:
  Result<std::string> Ask(const CallContext& context, const http::Request& request) const;

  const ProviderContext context_;
  std::string host_;
  std::chrono::seconds timeout_{1};
  int attempts_ = 1;
};

}  // namespace signpost::aws
