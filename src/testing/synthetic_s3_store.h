#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::testing {

/// An S3 answer: a status, and an `<Error>` code when it is 300 or more.
struct SyntheticOutcome {
  int status = 200;
  std::string code;
  std::string etag;       ///< Without the quotes; of what was written.
  std::string upload_id;  ///< Of CreateMultipartUpload.
};

/// An object as it was uploaded.
struct StoredObject {
  std::string body;  ///< Empty unless bodies are kept.
  std::uint64_t size = 0;
  std::string etag;
  std::vector<std::pair<std::string, std::string>> headers;  ///< content-type, cache-control and x-amz-meta-*.
};

/// Where uploads go. Keeps names, sizes and headers; bodies only when asked. Thread-safe.
class SyntheticStore {
 public:
  explicit SyntheticStore(bool keep_bodies) : keep_bodies_(keep_bodies) {}

  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// `if_none_match`: 412 PreconditionFailed when the key exists.
  SyntheticOutcome Put(const std::string& key, std::string body, std::uint64_t size, Headers headers,
                       bool if_none_match);
  SyntheticOutcome CreateUpload(const std::string& key, Headers headers);
  /// 404 NoSuchUpload; 400 InvalidArgument for a number outside 1 to 10,000.
  SyntheticOutcome PutPart(const std::string& key, const std::string& upload_id, int number, std::string body,
                           std::uint64_t size);
  /// `parts` as the caller lists them. 404 NoSuchUpload (also after it was completed once), 400 InvalidPart,
  /// InvalidPartOrder, EntityTooSmall (a part but the last below `min_part_bytes`) or MalformedXML (no parts).
  SyntheticOutcome Complete(const std::string& key, const std::string& upload_id,
                            const std::vector<std::pair<int, std::string>>& parts, bool if_none_match);
  SyntheticOutcome Abort(const std::string& upload_id);

  struct Part {
    std::string body;
    std::uint64_t size = 0;
    std::string etag;
  };
  /// Numbers with size and ETag, ascending, or nothing when there is no such upload.
  std::optional<std::map<int, Part>> Parts(const std::string& upload_id) const;

  /// Null when there is none.
  std::shared_ptr<const StoredObject> Find(const std::string& key) const;
  std::vector<std::string> Keys() const;
  int uploads_in_progress() const;
  std::uint64_t bytes_received() const;

 private:
  struct Upload {
    std::string key;
    Headers headers;
    std::map<int, Part> parts;
  };

  std::string NextEtagLocked();

  const bool keep_bodies_;
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const StoredObject>> objects_;  // guarded by mutex_
  std::map<std::string, Upload> uploads_;                               // guarded by mutex_
  std::uint64_t writes_ = 0;                                            // guarded by mutex_
  std::uint64_t bytes_received_ = 0;                                    // guarded by mutex_
};

}  // namespace signpost::testing
