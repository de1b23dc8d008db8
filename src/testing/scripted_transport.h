#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "http/transport.h"

namespace signpost::testing {

/// A transport without a network: a function answers, and every request is remembered. Thread-safe.
class ScriptedTransport final : public http::Transport {
 public:
  struct Sent {
    http::Request request;  ///< Its `body` view points into `body`.
    std::string body;
  };
  using Script = std::function<Result<http::Response>(const http::Request&, int number)>;

  explicit ScriptedTransport(Script script) : script_(std::move(script)) {}

  Status Send(const CallContext& context, const http::Request& request, http::Response* response) override {
    if (context.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled");
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = static_cast<int>(sent_.size());
      sent_.push_back({request, std::string(request.body)});
    }
    auto answer = script_(request, number);
    if (!answer) return Forward(answer);
    *response = std::move(*answer);
    return {};
  }

  std::vector<Sent> sent() const {
    const std::lock_guard lock(mutex_);
    std::vector<Sent> copy = sent_;
    for (Sent& each : copy) each.request.body = each.body;
    return copy;
  }

 private:
  const Script script_;
  mutable std::mutex mutex_;
  std::vector<Sent> sent_;  // guarded by mutex_
};

}  // namespace signpost::testing
