#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "http/transport.h"

namespace signpost::lambda {

/// What one invocation's requests met.
struct RequestCounts {
  std::atomic<std::uint64_t> throttles{0};  ///< Answers 429 and 503.
  std::atomic<std::uint64_t> retries{0};
};

/// A transport that counts, and tells every service the invocation's X-Ray trace
/// (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader). The header is
/// not signed, as in the SDKs.
class ObservedTransport final : public http::Transport {
 public:
  /// `trace_id` may be empty; `counts` must outlive this object.
  ObservedTransport(std::unique_ptr<http::Transport> transport, std::string trace_id, RequestCounts* counts)
      : transport_(std::move(transport)), trace_id_(std::move(trace_id)), counts_(counts) {}

  Status Send(const CallContext& context, const http::Request& request, http::Response* response) override;

 private:
  const std::unique_ptr<http::Transport> transport_;
  const std::string trace_id_;
  RequestCounts* const counts_;
};

/// A sleeper for a Retrier, which waits once before each retry.
class CountingSleeper final : public Sleeper {
 public:
  /// Both must outlive this object.
  CountingSleeper(Sleeper* sleeper, RequestCounts* counts) : sleeper_(sleeper), counts_(counts) {}

  void SleepFor(std::chrono::milliseconds duration, const std::stop_token& stop) override {
    ++counts_->retries;
    sleeper_->SleepFor(duration, stop);
  }

 private:
  Sleeper* const sleeper_;
  RequestCounts* const counts_;
};

}  // namespace signpost::lambda
