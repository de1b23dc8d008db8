#pragma once

#include <string>
#include <string_view>

#include "aws/provider_context.h"

namespace signpost::aws {

/// Sends a request that needs no signature, retries it as `world.retrier` says, and returns the body of an answer below
/// 300. A status of 300 or more is the service's error; `what` is for the message.
Result<std::string> FetchBody(const ProviderContext& world, const CallContext& context, const http::Request& request,
                              std::string_view what);

}  // namespace signpost::aws
