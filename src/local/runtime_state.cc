#include "local/runtime_state.h"

#include <algorithm>

#include <fmt/format.h>

namespace signpost::local {
namespace {

std::unexpected<Error> Closed() { return Fail(ErrorCode::kCancelled, "the process is being ended"); }

}  // namespace

Result<Delivery> RuntimeState::Next() {
  std::unique_lock lock(mutex_);
  if (closed_) return Closed();
  if (waiting_ || current_) return Fail(ErrorCode::kConflict, "the last event is not answered");
  asked_once_ = true;
  waiting_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return closed_ || next_; });
  waiting_ = false;
  if (closed_) return Closed();
  Delivery delivery = std::move(*next_);
  next_.reset();
  current_ = delivery.request_id;
  return delivery;
}

Status RuntimeState::CheckIsCurrent(const std::string& request_id) const {
  if (closed_) return Closed();
  if (!current_) return Fail(ErrorCode::kConflict, "no event is being worked on");
  if (*current_ != request_id) return Fail(ErrorCode::kInvalidArgument, "another event is being worked on");
  return {};
}

void RuntimeState::TakeAnswer(Answer answer) {
  current_.reset();
  answer_ = std::move(answer);
  changed_.notify_all();
}

Status RuntimeState::Respond(const std::string& request_id, std::string body) {
  const std::lock_guard lock(mutex_);
  if (Status current = CheckIsCurrent(request_id); !current) return current;
  if (body.size() > kMostResponseBytes) {
    TakeAnswer({.kind = Answer::Kind::kTooLarge, .body = std::to_string(body.size())});
    return Fail(ErrorCode::kDataLoss, fmt::format("an answer may have {} bytes", kMostResponseBytes));
  }
  TakeAnswer({.kind = Answer::Kind::kResponse, .body = std::move(body)});
  return {};
}

Status RuntimeState::FailInvocation(const std::string& request_id, std::string body) {
  const std::lock_guard lock(mutex_);
  if (Status current = CheckIsCurrent(request_id); !current) return current;
  TakeAnswer({.kind = Answer::Kind::kError, .body = std::move(body)});
  return {};
}

Status RuntimeState::FailInit(std::string body) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Closed();
  if (asked_once_ || init_error_) return Fail(ErrorCode::kConflict, "the start is over");
  init_error_ = std::move(body);
  changed_.notify_all();
  return {};
}

Result<std::string> RuntimeState::Register(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Closed();
  if (asked_once_) return Fail(ErrorCode::kConflict, "the start is over");
  if (name.empty()) return Fail(ErrorCode::kInvalidArgument, "an extension needs a name");
  // Of the form of a UUID, as Lambda's are.
  std::string identifier = fmt::format("00000000-0000-4000-8000-{:012x}", extensions_.size() + 1);
  extensions_.emplace(identifier, false);
  return identifier;
}

Status RuntimeState::WaitForExtensionEvent(const std::string& identifier) {
  std::unique_lock lock(mutex_);
  const auto found = extensions_.find(identifier);
  if (found == extensions_.end()) return Fail(ErrorCode::kConflict, "the extension is not registered");
  found->second = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return closed_; });
  return Closed();
}

bool RuntimeState::Ready() const {
  const auto waits = [](const auto& extension) { return extension.second; };
  return waiting_ && std::ranges::all_of(extensions_, waits);
}

RuntimeState::Readiness RuntimeState::WaitUntilReady(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, most, [this] { return closed_ || cancelled_ || init_error_ || Ready(); });
  if (init_error_) return Readiness::kInitError;
  if (closed_ || cancelled_) return Readiness::kClosed;
  return Ready() ? Readiness::kReady : Readiness::kTimedOut;
}

std::optional<std::string> RuntimeState::init_error() const {
  const std::lock_guard lock(mutex_);
  return init_error_;
}

void RuntimeState::Deliver(Delivery delivery) {
  const std::lock_guard lock(mutex_);
  answer_.reset();
  next_ = std::move(delivery);
  changed_.notify_all();
}

std::optional<Answer> RuntimeState::WaitForAnswer(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, most, [this] { return closed_ || cancelled_ || answer_; });
  return std::exchange(answer_, std::nullopt);
}

bool RuntimeState::has_extensions() const {
  const std::lock_guard lock(mutex_);
  return !extensions_.empty();
}

void RuntimeState::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

void RuntimeState::Cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

bool RuntimeState::ended() const {
  const std::lock_guard lock(mutex_);
  return closed_ || cancelled_;
}

}  // namespace signpost::local
