#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace signpost {

/// What a caller should do about a failure. The decision to retry is taken from the code alone (http/retry.h).
enum class ErrorCode {
  kInvalidArgument,   ///< The request can never work as asked; change it.
  kNotFound,          ///< The bucket, key, upload or file does not exist.
  kDenied,            ///< The caller is known but not allowed.
  kUnauthenticated,   ///< No credentials, or the service rejects them (unknown, expired, bad signature).
  kConflict,          ///< A precondition failed, or somebody else won a race.
  kThrottled,         ///< The service asks to slow down; retry later.
  kUnavailable,       ///< A transient failure of the network or the service; retry.
  kDeadlineExceeded,  ///< The job's own deadline leaves no time to go on.
  kCancelled,         ///< The caller asked to stop.
  kDataLoss,          ///< Bytes were damaged or are missing, and retrying did not help.
  kInternal,          ///< A defect of this library, or a resource of this machine ran out.
};

/// The name of `code` in snake case: "invalid_argument".
std::string_view Name(ErrorCode code);

/// A failure: what was tried, on what, and why. `message` is one line without secrets or presigned URLs.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::string service_code;  ///< The service's own code ("AccessDenied"), empty when it never answered.
  std::string request_id;    ///< The service's request id, empty when it never answered.
  int http_status = 0;       ///< 0 when there was no HTTP answer.
  std::optional<std::chrono::milliseconds> retry_after;  ///< The service's Retry-After.
  std::string region;  ///< The region that the service says the bucket is in (x-amz-bucket-region), or empty.

  /// The same error with "`what`: " before its message.
  Error Within(std::string_view what) &&;

  /// One line: message, then service code, HTTP status and request id where known.
  std::string ToString() const;
};

template <typename T>
using Result = std::expected<T, Error>;

/// The outcome of an action that has nothing to return.
using Status = Result<void>;

/// `return Fail(ErrorCode::kNotFound, "...")` in a function that returns any Result.
[[nodiscard]] inline std::unexpected<Error> Fail(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return std::unexpected(std::move(error));
}

/// Passes the error of another Result on: `if (!page) return Forward(page);`.
template <typename T>
[[nodiscard]] std::unexpected<Error> Forward(Result<T>& result) {
  return std::unexpected(std::move(result.error()));
}

}  // namespace signpost
