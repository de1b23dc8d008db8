#pragma once

#include <optional>
#include <string>

#include "signpost/error.h"
#include "signpost/signing_scope.h"

#include "aws/credentials_provider.h"
#include "base/call_context.h"
#include "http/transport.h"

namespace signpost::local {

/// A function to invoke, and who signs. The objects pointed to must outlive the call.
struct InvokeTarget {
  std::string url;                         ///< "https://lambda.eu-central-1.amazonaws.com", or an emulator.
  std::string function_name = "function";  ///< Name, name:qualifier or ARN.
  Region region;
  aws::CredentialsCache* credentials = nullptr;  ///< Null: not signed, for an emulator.
  http::Transport* transport = nullptr;
  const Clock* clock = nullptr;  ///< Dates the signature.
};

/// What the function answered.
struct InvokeAnswer {
  std::string payload;
  std::optional<std::string> function_error;  ///< "Unhandled": `payload` is an error object.
  std::string log_tail;                       ///< The last 4 KiB of its log; empty when it was not sent.
};

/// Lambda's Invoke (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html): waits for the answer, up to 15
/// minutes. One attempt: an invocation whose answer got lost may have run. A refusal of the service (no such function,
/// throttled, too large) is an error; that the function failed is not.
///
/// The official Runtime Interface Emulator marks no function error in its headers; there an error object, or its text
/// for a time-out, counts as one.
Result<InvokeAnswer> InvokeFunction(const InvokeTarget& target, const CallContext& context, std::string_view event);

}  // namespace signpost::local
