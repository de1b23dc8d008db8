#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/loopback_server.h"

namespace signpost::lambda {

/// A Runtime API on loopback that follows a script: each wait for an event is answered with the next reply of the
/// script, and the one after the last stops the function. It keeps what is answered.
class ScriptedRuntimeApi {
 public:
  struct Answer {
    std::string request_id;
    std::string kind;  ///< "response", "error" or "init/error".
    std::string body;
    std::string error_type;  ///< Of the header.
  };

  explicit ScriptedRuntimeApi(std::vector<testing::ServerReply> script)
      : script_(std::move(script)), server_([this](const testing::ServerRequest& request) { return Serve(request); }) {}

  /// An event with the id "id-`number`".
  static testing::ServerReply Event(int number, std::string payload, std::string deadline_ms = "4102444800000") {
    testing::ServerReply reply;
    reply.headers = {{"Lambda-Runtime-Aws-Request-Id", "id-" + std::to_string(number)},
                     {"Lambda-Runtime-Deadline-Ms", std::move(deadline_ms)},
                     {"Lambda-Runtime-Trace-Id", "Root=1-trace;Sampled=1"},
                     {"Content-Type", "application/json"}};
    reply.body = std::move(payload);
    return reply;
  }

  static testing::ServerReply Status(int status) {
    testing::ServerReply reply;
    reply.status = status;
    return reply;
  }

  /// The connection ends without an answer.
  static testing::ServerReply Drop() {
    testing::ServerReply reply;
    reply.cut_after = 0;
    return reply;
  }

  /// "127.0.0.1:PORT", as in AWS_LAMBDA_RUNTIME_API.
  std::string authority() const { return server_.url().substr(7); }
  std::stop_token stop() const { return stop_.get_token(); }
  void RequestStop() { stop_.request_stop(); }

  /// From now on the n-th answer is received with the n-th of these replies, later ones with 202. Before the function
  /// starts.
  void AnswerAnswersWith(std::vector<testing::ServerReply> replies) { for_answers_ = std::move(replies); }
  /// Called for each event's wait that is answered. Before the function starts.
  void OnEvent(std::function<void(int)> watcher) { on_event_ = std::move(watcher); }

  std::vector<Answer> answers() const {
    const std::lock_guard lock(mutex_);
    return answers_;
  }
  /// How often an event was waited for.
  int waits() const {
    const std::lock_guard lock(mutex_);
    return waits_;
  }
  const testing::LoopbackServer& server() const { return server_; }

 private:
  testing::ServerReply Serve(const testing::ServerRequest& request) {
    const std::string_view path = request.path;
    if (path == "/2018-06-01/runtime/invocation/next") return NextEvent();
    if (path == "/2020-01-01/extension/register") {
      testing::ServerReply reply;
      reply.headers = {{"Lambda-Extension-Identifier", "extension-1"}};
      return reply;
    }
    if (path == "/2020-01-01/extension/event/next") {
      testing::ServerReply reply;
      reply.delay = std::chrono::hours(1);
      return reply;
    }
    return TakeAnswer(request);
  }

  testing::ServerReply NextEvent() {
    std::size_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = static_cast<std::size_t>(waits_++);
    }
    if (number < script_.size()) {
      if (on_event_) on_event_(static_cast<int>(number));
      return script_[number];
    }
    stop_.request_stop();
    return Drop();
  }

  testing::ServerReply TakeAnswer(const testing::ServerRequest& request) {
    constexpr std::string_view kInvocation = "/2018-06-01/runtime/invocation/";
    Answer answer;
    std::string path = request.path;
    if (path.starts_with(kInvocation)) {
      path = path.substr(kInvocation.size());
      answer.request_id = path.substr(0, path.find('/'));
      answer.kind = path.substr(path.find('/') + 1);
    } else {
      answer.kind = path.substr(std::string_view("/2018-06-01/runtime/").size());
    }
    answer.body = request.body;
    answer.error_type = std::string(request.headers.Find("Lambda-Runtime-Function-Error-Type").value_or(""));
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    return answers_.size() <= for_answers_.size() ? for_answers_[answers_.size() - 1] : Status(202);
  }

  const std::vector<testing::ServerReply> script_;
  std::vector<testing::ServerReply> for_answers_;
  std::function<void(int)> on_event_;
  std::stop_source stop_;
  mutable std::mutex mutex_;
  int waits_ = 0;                   // guarded by mutex_
  std::vector<Answer> answers_;     // guarded by mutex_
  testing::LoopbackServer server_;  // last: its threads use the rest
};

}  // namespace signpost::lambda
