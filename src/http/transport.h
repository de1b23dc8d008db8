#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signpost/error.h"

#include "base/call_context.h"

namespace signpost::http {

/// Header fields in the order sent; names compare without case (RFC 9110 section 5.1).
class Headers {
 public:
  Headers() = default;
  Headers(std::vector<std::pair<std::string, std::string>> fields) : fields_(std::move(fields)) {}

  void Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }

  /// The first value of `name`, or nothing. The view lives as long as this object is unchanged.
  std::optional<std::string_view> Find(std::string_view name) const;

  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }
  void clear() { fields_.clear(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method = "GET";
  std::string url;                                 ///< Complete; sent as it is (no dot segment is removed).
  Headers headers;                                 ///< "Host" and "Content-Length" are set by the transport.
  std::string_view body;                           ///< Must outlive the call.
  std::chrono::milliseconds idle_timeout{20'000};  ///< Without a byte either way; there is no limit on the whole.
  int min_bytes_per_second = 100;         ///< Slower on average over idle_timeout counts as idle; 0: any byte will do.
  std::size_t max_body_bytes = 64 << 20;  ///< A larger answer fails, see Transport::Send().
};

/// An answer, whatever its status. Reused between calls to keep the body's memory.
struct Response {
  int status = 0;
  Headers headers;
  std::string body;
};

/// Sends one HTTP request and waits for the whole answer. Thread-safe; each concurrent call uses its own connection.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Fills `*response` with any complete HTTP answer, of whatever status: a status is not an error here. Redirects are
  /// never followed. Fails with
  /// - kUnavailable: no connection, reset, idle for too long, or an answer that is cut short of its own framing;
  /// - kInvalidArgument: the URL is malformed, or the TLS peer cannot be verified (never retried, never downgraded);
  /// - kDataLoss: the answer is larger than `request.max_body_bytes` or its headers than 256 KiB;
  /// - kInternal: out of file descriptors or memory;
  /// - kCancelled / kDeadlineExceeded: per `context`; a stop takes effect at once, in the middle of a transfer.
  /// `*response` is unspecified after a failure.
  virtual Status Send(const CallContext& context, const Request& request, Response* response) = 0;
};

}  // namespace signpost::http
