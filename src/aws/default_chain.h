#pragma once

#include <memory>

#include "aws/credentials_provider.h"
#include "aws/provider_context.h"

namespace signpost::aws {

/// The source of credentials that the AWS CLI would use, the first that is configured of: a profile chosen by option;
/// AWS_ACCESS_KEY_ID and its siblings; web identity (AWS_WEB_IDENTITY_TOKEN_FILE); the profile (role, web identity,
/// SSO, keys, credential_process); the container endpoint; the instance metadata service. A source that is configured
/// but fails is an error, not a reason to take the next one. kInvalidArgument when its configuration is incomplete.
Result<std::unique_ptr<CredentialsProvider>> MakeDefaultChain(const ProviderContext& context);

}  // namespace signpost::aws
