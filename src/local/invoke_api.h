#pragma once

#include "local/function_host.h"
#include "local/http_server.h"

namespace signpost::local {

/// An event may have this many bytes when its caller waits for the answer, or not
/// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
inline constexpr std::size_t kMostEventBytes = 6 << 20;
inline constexpr std::size_t kMostAsyncEventBytes = 1 << 20;

/// Where callers invoke the function; any name in place of the second "function" is taken.
inline constexpr char kInvokePath[] = "/2015-03-31/functions/function/invocations";

/// Answers one request of a caller: Lambda's Invoke
/// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html), unsigned. X-Amz-Invocation-Type, X-Amz-Log-Type and
/// X-Amzn-Trace-Id are honoured; a function error is status 200 with X-Amz-Function-Error. Asynchronous events are
/// tried three times, without Lambda's pauses. Requests of web pages (with an Origin) are refused. Thread-safe.
ServedResponse ServeInvoke(const ServedRequest& request, FunctionHost* host);

}  // namespace signpost::local
