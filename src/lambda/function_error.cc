#include "lambda/function_error.h"

#include <nlohmann/json.hpp>

namespace signpost::lambda {
namespace {

std::string_view TypeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return kInvalidRequest;
    case ErrorCode::kThrottled:
      return kThrottled;
    case ErrorCode::kDeadlineExceeded:
    case ErrorCode::kCancelled:  // The environment is being shut down: its time, too, has run out.
      return kDeadlineExceeded;
    case ErrorCode::kInternal:
      return kInternalError;
    case ErrorCode::kNotFound:
    case ErrorCode::kDenied:
    case ErrorCode::kUnauthenticated:
    case ErrorCode::kConflict:
    case ErrorCode::kUnavailable:
    case ErrorCode::kDataLoss:
      return kUpstreamError;
  }
  return kInternalError;
}

}  // namespace

std::unexpected<FunctionError> Refuse(std::string_view type, std::string message) {
  return std::unexpected(
      FunctionError{.type = std::string(type), .message = std::move(message), .in_progress_for = std::nullopt});
}

FunctionError ToFunctionError(const Error& error) {
  return {.type = std::string(TypeOf(error.code)), .message = error.ToString(), .in_progress_for = std::nullopt};
}

std::string ToJson(const FunctionError& error) {
  const nlohmann::ordered_json json = {
      {"errorMessage", error.message}, {"errorType", error.type}, {"stackTrace", nlohmann::ordered_json::array()}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace signpost::lambda
