#pragma once

#include <string_view>

#include "signpost/credentials.h"
#include "signpost/error.h"

namespace signpost::aws {

/// Credentials as the container endpoint, the instance metadata service and `credential_process` write them:
/// AccessKeyId, SecretAccessKey, Token or SessionToken, Expiration (RFC 3339). kUnauthenticated, without any of the
/// text, when it is something else. `what` is for the message.
Result<Credentials> ParseCredentialsJson(std::string_view text, std::string_view what);

}  // namespace signpost::aws
