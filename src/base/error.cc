#include "signpost/error.h"

namespace signpost {

std::string_view Name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kDenied:
      return "denied";
    case ErrorCode::kUnauthenticated:
      return "unauthenticated";
    case ErrorCode::kConflict:
      return "conflict";
    case ErrorCode::kThrottled:
      return "throttled";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kDeadlineExceeded:
      return "deadline_exceeded";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kDataLoss:
      return "data_loss";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

Error Error::Within(std::string_view what) && {
  message.insert(0, ": ");
  message.insert(0, what);
  return std::move(*this);
}

std::string Error::ToString() const {
  std::string line = message;
  if (service_code.empty() && http_status == 0 && request_id.empty()) return line;
  line += " (";
  std::string_view separator;
  const auto add = [&](std::string_view part) {
    line.append(separator).append(part);
    separator = ", ";
  };
  if (!service_code.empty()) add(service_code);
  if (http_status != 0) add("HTTP " + std::to_string(http_status));
  if (!request_id.empty()) add("request id " + request_id);
  line += ')';
  return line;
}

}  // namespace signpost
