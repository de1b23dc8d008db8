#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "signpost/error.h"

#include "base/call_context.h"
#include "http/transport.h"
#include "lambda/function_error.h"

namespace signpost::lambda {

/// One event to answer.
struct Invocation {
  std::string request_id;
  std::optional<TimePoint> deadline;  ///< When Lambda ends the function; empty when it does not tell.
  std::string trace_id;               ///< X-Amzn-Trace-Id of the caller; may be empty.
  std::string payload;
};

/// Lambda's Runtime API, version 2018-06-01 (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). None of
/// the calls retries but as it says. Thread-safe.
class RuntimeClient {
 public:
  /// `authority` is AWS_LAMBDA_RUNTIME_API: "host:port". kInvalidArgument when it is something else. `transport` must
  /// not use a proxy and must outlive this object.
  static Result<RuntimeClient> Create(std::string_view authority, http::Transport* transport);

  /// Waits for the next event, however long: the environment may be frozen meanwhile. kUnavailable for an answer that
  /// is not one.
  Result<Invocation> Next(const CallContext& context);

  /// Posts the answer. Sent once more on a fresh connection when none came back: Lambda takes an answer once. kDataLoss
  /// when it is too large for Lambda (413), which then has told the caller so.
  Status Respond(const CallContext& context, const std::string& request_id, std::string_view answer);

  /// Posts an error in place of the answer; the same otherwise.
  Status ReportError(const CallContext& context, const std::string& request_id, const FunctionError& error);

  /// Tells that the function cannot start. Only before the first Next().
  Status ReportInitError(const CallContext& context, const FunctionError& error);

  /// Registers an internal extension without events, so that Lambda sends SIGTERM before it ends the environment
  /// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html). Returns the extension's identifier.
  Result<std::string> RegisterExtension(const CallContext& context);

  /// The extension's wait for an event that never comes; ends with `context`'s stop. Lambda does not take the
  /// environment for ready until all extensions wait.
  Status WaitAsExtension(const CallContext& context, const std::string& identifier);

 private:
  RuntimeClient(std::string base_url, http::Transport* transport)
      : base_url_(std::move(base_url)), transport_(transport) {}

  Status Post(const CallContext& context, const std::string& path, std::string_view body, std::string_view error_type);

  std::string base_url_;
  http::Transport* transport_;
};

}  // namespace signpost::lambda
