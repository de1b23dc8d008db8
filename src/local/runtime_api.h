#pragma once

#include <string>

#include "local/fault.h"
#include "local/http_server.h"
#include "local/runtime_state.h"

namespace signpost::local {

/// Answers one request of the function's process: the Runtime API 2018-06-01
/// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) and, of the Extensions API 2020-01-01, what an
/// internal extension without events needs. Blocks while `state` has nothing for it. Thread-safe.
ServedResponse ServeRuntimeApi(const ServedRequest& request, const std::string& function_arn, RuntimeState* state,
                               Misbehaviour* misbehaviour);

}  // namespace signpost::local
