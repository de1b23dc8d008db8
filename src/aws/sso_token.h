#pragma once

#include <string>

#include "signpost/secret.h"

#include "aws/provider_context.h"

namespace signpost::aws {

/// Which sign-in to IAM Identity Center is meant.
struct SsoSignIn {
  std::string cache_path;  ///< The file that `aws sso login` wrote.
  std::string region;      ///< Of IAM Identity Center.
};

/// The access token of a sign-in. One that ends within 15 minutes is exchanged for a new one where the file holds what
/// that takes: a refresh token and the registration of the client that got it
/// (https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html). The file then gets the new
/// token, as the AWS CLI does it. A refresh that fails is not an error while the old token is good. kUnauthenticated,
/// without advice, when there is no token that is good.
Result<SecretString> SsoAccessToken(const ProviderContext& world, const CallContext& context, const SsoSignIn& sign_in);

}  // namespace signpost::aws
