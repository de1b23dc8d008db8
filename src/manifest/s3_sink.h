#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "manifest/sink.h"
#include "s3/multipart.h"
#include "s3/put_object.h"

namespace signpost::manifest {

/// The size of part `number` (from 1): 8 MiB for the first 384 parts, 16 MiB for the next 384, and so on, so that
/// 10,000 parts hold more than a tebibyte and no part is over 216 MiB.
constexpr std::uint64_t PartBytes(int number) {
  constexpr std::uint64_t kStep = 8 << 20;
  constexpr int kPartsPerStep = 384;
  return kStep * static_cast<std::uint64_t>(1 + (number - 1) / kPartsPerStep);
}

/// An upload that another sink goes on with, in another process perhaps.
struct UnfinishedUpload {
  s3::MultipartUpload upload;
  std::vector<s3::UploadedPart> parts;  ///< Ascending by number.
  int next_number = 1;                  ///< The first that has never been begun.
};

/// An object in S3. One PutObject while everything fits into the first part; else a multipart upload with at most
/// `parts_in_flight` parts on their way while the next one is filled: that many parts plus one is all the memory used.
/// The object appears under its key only when Publish() succeeds.
class S3Sink final : public Sink {
 public:
  /// `client` must outlive this object. `attempt_id` is random; it marks the object as this attempt's. `part_bytes`
  /// gives the size of a part by its number, from 1.
  S3Sink(s3::Client* client, Bucket bucket, std::string key, s3::ObjectAttributes attributes, std::string attempt_id,
         int parts_in_flight = 2, std::uint64_t (*part_bytes)(int number) = PartBytes);
  ~S3Sink() override;

  /// `ask` is called by Publish() when all parts are there, right before the upload is completed; its failure is
  /// Publish()'s. Also makes the smallest object an upload in parts: others can abort that as long as it is not
  /// complete, but nobody can hold up a single PutObject.
  void AskBeforeCompleting(std::function<Status(const s3::MultipartUpload&)> ask) { ask_ = std::move(ask); }

  /// Holds back s3::kMinPartBytes of what was written (that much more memory for each buffer), so that they make a part
  /// that others may follow when Pause() is called. To be called before all else.
  void HoldBack();

  /// Goes on with an upload. To be called before the first Write().
  void Continue(UnfinishedUpload unfinished);

  /// Sends what waits as a part, and tells what another sink needs to go on. kInvalidArgument when what waits is too
  /// little for a part that others follow. After it, only Abandon() may follow.
  Result<UnfinishedUpload> Pause(const CallContext& context);

  /// Ends all sending; returns the first number of a part that has never been begun. Then only Abandon() may follow.
  int Halt();

  /// Bytes that wait for more to make a part.
  std::uint64_t waiting_bytes() const { return filling_.size(); }
  /// Whether Pause() can send what waits.
  bool CanPause() const { return filling_.empty() ? upload_.has_value() : filling_.size() >= s3::kMinPartBytes; }

  Status Write(const CallContext& context, std::string_view bytes) override;
  Status Publish(const CallContext& context) override;
  Status Abandon(const CallContext& context) override;
  std::uint64_t bytes_written() const override { return bytes_written_; }
  int parts_written() const override { return next_number_ - 1; }

 private:
  struct Part {
    int number = 0;
    std::string bytes;
    CallContext context;
  };

  /// Sends all that waits but for the last `keep` bytes.
  Status SendFilled(const CallContext& context, std::size_t keep = 0);
  Status BeginUpload(const CallContext& context);
  void StartThreads();
  /// All parts sent, ascending, once the last one is there.
  Result<std::vector<s3::UploadedPart>> WaitForParts();
  void UploadParts(const std::stop_token& stop);
  /// What is thrown (memory that ran out) is thrown again where the parts are waited for.
  Result<s3::UploadedPart> UploadOne(const Part& part);
  /// Ends the upload threads; parts that none has begun are dropped.
  void StopThreads();

  s3::Client* const client_;
  const Bucket bucket_;
  const std::string key_;
  const s3::ObjectAttributes attributes_;
  const std::string attempt_id_;
  const int parts_in_flight_;
  std::function<Status(const s3::MultipartUpload&)> ask_;
  std::uint64_t (*const part_bytes_)(int number);
  std::uint64_t bytes_written_ = 0;
  std::uint64_t held_back_ = 0;
  std::string filling_;
  int next_number_ = 1;
  std::optional<s3::MultipartUpload> upload_;
  bool published_ = false;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Part> queue_;                  // guarded by mutex_; parts that no thread has begun
  int unfinished_ = 0;                      // guarded by mutex_; parts in the queue or on their way
  std::vector<std::string> spare_;          // guarded by mutex_; buffers to fill again
  std::vector<s3::UploadedPart> uploaded_;  // guarded by mutex_; in order of completion
  std::optional<Error> failure_;            // guarded by mutex_; the first one
  std::exception_ptr thrown_;               // guarded by mutex_; the first one
  std::vector<std::jthread> threads_;
};

}  // namespace signpost::manifest
