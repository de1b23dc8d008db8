#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "signpost/error.h"

namespace signpost::lambda {

/// The `errorType`s of a function's answer. The Runtime API keeps only types of the form
/// `(Runtime|Function).[A-Z][a-zA-Z]+`.
inline constexpr std::string_view kInvalidRequest = "Function.InvalidRequest";      ///< Change the event.
inline constexpr std::string_view kNotAllowed = "Function.NotAllowed";              ///< Outside SIGNPOST_ALLOW.
inline constexpr std::string_view kInProgress = "Function.InProgress";              ///< Ask again later.
inline constexpr std::string_view kThrottled = "Function.Throttled";                ///< Ask again later.
inline constexpr std::string_view kDeadlineExceeded = "Function.DeadlineExceeded";  ///< Ask again, with more time.
inline constexpr std::string_view kUpstreamError = "Function.UpstreamError";        ///< What S3 or another said.
inline constexpr std::string_view kInternalError = "Function.InternalError";        ///< A defect of the function.
inline constexpr std::string_view kOutOfMemory = "Runtime.OutOfMemory";             ///< Give the function more memory.
inline constexpr std::string_view kInitError = "Runtime.InitError";                 ///< Its configuration is wrong.

/// Why an invocation has no answer. `message` is one line without secrets.
struct FunctionError {
  std::string type{kInternalError};
  std::string message;
  std::optional<std::chrono::milliseconds> in_progress_for;  ///< With kInProgress: until the other's lock ends.
};

template <typename T>
using Outcome = std::expected<T, FunctionError>;

/// `return Refuse(kInvalidRequest, "...")` in a function that returns any Outcome.
[[nodiscard]] std::unexpected<FunctionError> Refuse(std::string_view type, std::string message);

/// The type that goes with the error's code.
FunctionError ToFunctionError(const Error& error);

/// {"errorMessage","errorType","stackTrace":[]}, one line; bytes that are not UTF-8 show as U+FFFD.
std::string ToJson(const FunctionError& error);

}  // namespace signpost::lambda
