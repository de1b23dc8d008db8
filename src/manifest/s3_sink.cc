#include "manifest/s3_sink.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "manifest/grace_period.h"
#include "s3/attempt.h"

namespace signpost::manifest {
namespace {

/// How long after a cancel the answer to the beginning or the end of an upload is waited for.
constexpr std::chrono::milliseconds kAnswerGrace{300};

}  // namespace

S3Sink::S3Sink(s3::Client* client, Bucket bucket, std::string key, s3::ObjectAttributes attributes,
               std::string attempt_id, int parts_in_flight, std::uint64_t (*part_bytes)(int number))
    : client_(client),
      bucket_(std::move(bucket)),
      key_(std::move(key)),
      attributes_(std::move(attributes)),
      attempt_id_(std::move(attempt_id)),
      parts_in_flight_(parts_in_flight),
      part_bytes_(part_bytes) {
  // All the memory is taken now: a large job does not run out of it half-way.
  for (int i = 0; i < parts_in_flight_; ++i) spare_.emplace_back(part_bytes_(1), '\0');
  filling_.assign(part_bytes_(1), '\0');
  filling_.clear();
}

S3Sink::~S3Sink() { StopThreads(); }

void S3Sink::HoldBack() {
  held_back_ = s3::kMinPartBytes;
  filling_.assign(part_bytes_(1) + held_back_, '\0');
  for (std::string& buffer : spare_) buffer.assign(part_bytes_(1) + held_back_, '\0');
  filling_.clear();
}

void S3Sink::Continue(UnfinishedUpload unfinished) {
  upload_.emplace(std::move(unfinished.upload));
  next_number_ = unfinished.next_number;
  for (const s3::UploadedPart& part : unfinished.parts) bytes_written_ += part.size;
  uploaded_ = std::move(unfinished.parts);
  StartThreads();
}

Status S3Sink::Write(const CallContext& context, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t room = part_bytes_(next_number_) + held_back_ - filling_.size();
    const std::string_view taken = bytes.substr(0, room);
    filling_.append(taken);
    bytes_written_ += taken.size();
    bytes.remove_prefix(taken.size());
    if (bytes.empty()) break;
    // Only a part that more follows is sent: what fits into the first one goes out as a single PutObject.
    Status sent = SendFilled(context, held_back_);
    if (!sent) return sent;
  }
  return {};
}

Status S3Sink::BeginUpload(const CallContext& context) {
  // An upload whose beginning was cut off could not be aborted: nobody would know its id.
  const GracePeriod grace(context.stop, kAnswerGrace);
  auto upload = s3::CreateMultipartUpload(*client_, {.stop = grace.token(), .deadline = context.deadline}, bucket_,
                                          key_, attributes_, attempt_id_);
  if (!upload) return Forward(upload);
  upload_.emplace(std::move(*upload));
  StartThreads();
  return {};
}

void S3Sink::StartThreads() {
  for (int i = 0; i < parts_in_flight_; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { UploadParts(stop); });
  }
}

Status S3Sink::SendFilled(const CallContext& context, std::size_t keep) {
  if (next_number_ > s3::kMaxParts) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the manifest is larger than {} parts can hold (a tebibyte)", s3::kMaxParts));
  }
  if (!upload_) {
    Status begun = BeginUpload(context);
    if (!begun) return begun;
  }
  std::string next;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return unfinished_ < parts_in_flight_ || failure_; });
    if (thrown_) std::rethrow_exception(thrown_);
    if (failure_) return std::unexpected(*failure_);
    ++unfinished_;
    if (!spare_.empty()) {
      next = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  Part part{.number = next_number_++, .bytes = std::exchange(filling_, std::move(next)), .context = context};
  filling_.clear();
  filling_.reserve(part_bytes_(next_number_) + held_back_);
  filling_.append(part.bytes, part.bytes.size() - keep);
  part.bytes.resize(part.bytes.size() - keep);
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(part));
  }
  changed_.notify_all();
  return {};
}

void S3Sink::UploadParts(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !queue_.empty(); })) {
    if (stop.stop_requested()) return;
    Part part = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    auto uploaded = UploadOne(part);
    lock.lock();
    --unfinished_;
    spare_.push_back(std::move(part.bytes));
    if (uploaded) {
      uploaded_.push_back(std::move(*uploaded));
    } else if (!failure_) {
      failure_ = std::move(uploaded.error());
    }
    changed_.notify_all();
  }
}

Result<s3::UploadedPart> S3Sink::UploadOne(const Part& part) try {
  return s3::UploadPart(*client_, part.context, *upload_, part.number, part.bytes);
} catch (...) {
  const std::lock_guard lock(mutex_);
  if (!thrown_) thrown_ = std::current_exception();
  return Fail(ErrorCode::kInternal, "thrown while a part was sent");
}

Status S3Sink::Publish(const CallContext& context) {
  // What publishes is not cut off at once: the server may do it all the same, and then the job has succeeded.
  const GracePeriod grace(context.stop, kAnswerGrace);
  const CallContext patient{.stop = grace.token(), .deadline = context.deadline};
  if (!upload_ && !ask_) {
    s3::ObjectAttributes marked = attributes_;
    marked.metadata[s3::kAttemptMetadata] = attempt_id_;
    auto put = s3::PutObject(*client_, patient, bucket_, key_, filling_, marked);
    if (!put) return Forward(put);
    published_ = true;
    return {};
  }
  if (!filling_.empty() || !upload_) {
    Status sent = SendFilled(context);
    if (!sent) return sent;
  }
  const auto parts = WaitForParts();
  if (!parts) return std::unexpected(parts.error());
  if (ask_) {
    Status may = ask_(*upload_);
    if (!may) return may;
  }
  auto completed = s3::CompleteMultipartUpload(*client_, patient, *upload_, *parts);
  if (!completed) return Forward(completed);
  published_ = true;
  return {};
}

Result<std::vector<s3::UploadedPart>> S3Sink::WaitForParts() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return unfinished_ == 0 || failure_; });
  if (thrown_) std::rethrow_exception(thrown_);
  if (failure_) return std::unexpected(*failure_);
  std::vector<s3::UploadedPart> parts = uploaded_;
  lock.unlock();
  std::ranges::sort(parts, {}, &s3::UploadedPart::number);
  return parts;
}

Result<UnfinishedUpload> S3Sink::Pause(const CallContext& context) {
  if (!CanPause()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} bytes are too few for a part", filling_.size()));
  }
  if (!filling_.empty()) {
    Status sent = SendFilled(context);
    if (!sent) return Forward(sent);
  }
  auto parts = WaitForParts();
  if (!parts) return Forward(parts);
  return UnfinishedUpload{.upload = *upload_, .parts = std::move(*parts), .next_number = next_number_};
}

int S3Sink::Halt() {
  StopThreads();
  return next_number_;
}

Status S3Sink::Abandon(const CallContext& context) {
  StopThreads();
  if (!upload_ || published_) return {};
  return s3::AbortMultipartUpload(*client_, context, *upload_);
}

void S3Sink::StopThreads() {
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();
}

}  // namespace signpost::manifest
