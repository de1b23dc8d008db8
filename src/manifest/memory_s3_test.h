#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "http/transport.h"
#include "s3/client_fixture_test.h"
#include "testing/key_shape.h"
#include "testing/synthetic_s3_calls.h"

namespace signpost::manifest {

/// An S3 without a network: the synthetic server's store, reached by a client that does not wait. Thread-safe.
class MemoryS3 final : public http::Transport {
 public:
  struct Call {
    testing::SyntheticCall call;
    int part = 0;  ///< Of an UploadPart.
    http::Headers headers;
  };
  /// Called concurrently, before the request takes effect; what it returns is the outcome instead.
  using Hook = std::function<std::optional<Result<http::Response>>(const Call&)>;

  explicit MemoryS3(Hook hook = nullptr) : hook_(std::move(hook)) {}

  Status Send(const CallContext& context, const http::Request& request, http::Response* response) override {
    if (context.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled");
    const testing::SyntheticHead head = HeadOf(request);
    const std::string number(head.Query("partNumber"));
    const Call call{testing::CallOf(head), number.empty() ? 0 : std::stoi(number), request.headers};
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(call);
    }
    if (auto outcome = hook_ ? hook_(call) : std::nullopt) {
      if (!*outcome) return Forward(*outcome);
      *response = std::move(**outcome);
      return {};
    }
    std::string in(request.body);
    response->body.clear();
    auto answer = PerformCall(*no_keys_, 1000, &store_, call.call, head, &in, &response->body);
    if (call.call == testing::SyntheticCall::kHead) {
      answer.headers.emplace_back("Content-Length", std::to_string(answer.head_length));
    }
    response->status = answer.status;
    response->headers = http::Headers(std::move(answer.headers));
    return {};
  }

  s3::Client& client() { return world_.client(); }
  testing::SyntheticStore& store() { return store_; }

  std::vector<Call> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }
  int count(testing::SyntheticCall call) const {
    return static_cast<int>(std::ranges::count(calls(), call, &Call::call));
  }

 private:
  static constexpr std::string_view kUrl = "http://127.0.0.1:9";

  static std::string Decoded(std::string_view text) {
    std::string out;
    EXPECT_TRUE(AppendPercentDecoded(text, false, &out)) << text;
    return out;
  }

  static testing::SyntheticHead HeadOf(const http::Request& request) {
    testing::SyntheticHead head;
    head.method = request.method;
    head.content_length = request.body.size();
    std::string_view target = std::string_view(request.url).substr(kUrl.size() + 1);
    const std::size_t mark = std::min(target.find('?'), target.size());
    const std::string_view path = target.substr(0, mark);
    const std::size_t slash = std::min(path.find('/'), path.size());
    head.bucket = Decoded(path.substr(0, slash));
    head.key = Decoded(path.substr(std::min(slash + 1, path.size())));
    target.remove_prefix(std::min(mark + 1, target.size()));
    while (!target.empty()) {
      const std::string_view pair = target.substr(0, target.find('&'));
      const std::size_t equals = pair.find('=');
      head.query[Decoded(pair.substr(0, equals))] = Decoded(pair.substr(equals + 1));
      target.remove_prefix(std::min(pair.size() + 1, target.size()));
    }
    for (const auto& [name, value] : request.headers.fields()) head.headers.emplace_back(LowerCase(name), value);
    return head;
  }

  const Hook hook_;
  const std::unique_ptr<testing::KeyShape> no_keys_ = testing::KeysAsListed({});
  testing::SyntheticStore store_{/*keep_bodies=*/true};
  s3::ClientWorld world_{this, {.region = {"us-east-1"}, .endpoint = {.endpoint_url = std::string(kUrl)}}};
  mutable std::mutex mutex_;
  std::vector<Call> calls_;  // guarded by mutex_
};

/// The answer of S3 with this `<Error>` code.
inline http::Response S3Refusal(int status, std::string_view code) {
  return {.status = status, .headers = {}, .body = s3::ErrorBody(code)};
}

}  // namespace signpost::manifest
