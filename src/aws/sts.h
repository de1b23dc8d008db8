#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "signpost/credentials.h"
#include "signpost/error.h"

#include "aws/provider_context.h"

namespace signpost::aws {

struct AssumeRoleRequest {
  std::string role_arn;
  std::string session_name;
  std::optional<std::string> external_id;
  std::optional<std::chrono::seconds> duration;  ///< 900 s to 12 h; unset: STS's own hour.
};

/// STS AssumeRole (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html) at the regional endpoint of
/// the settings' region, signed with `source`. The credentials tell when they expire.
Result<Credentials> AssumeRole(const ProviderContext& world, const CallContext& context, const Credentials& source,
                               const AssumeRoleRequest& request);

/// STS AssumeRoleWithWebIdentity: unsigned, the token is the proof.
Result<Credentials> AssumeRoleWithWebIdentity(const ProviderContext& world, const CallContext& context,
                                              const AssumeRoleRequest& request, const SecretString& token);

}  // namespace signpost::aws
