#include "testing/synthetic_s3_store.h"

#include <fmt/format.h>

#include "testing/key_shape.h"

namespace signpost::testing {
namespace {

constexpr std::uint64_t kMinPartBytes = 5 << 20;

SyntheticOutcome Refuse(int status, std::string code) { return {status, std::move(code), {}, {}}; }

}  // namespace

std::string SyntheticStore::NextEtagLocked() {
  ++writes_;
  return fmt::format("{:016x}{:016x}", MixBits(writes_), MixBits(~writes_));
}

SyntheticOutcome SyntheticStore::Put(const std::string& key, std::string body, std::uint64_t size, Headers headers,
                                     bool if_none_match) {
  const std::lock_guard lock(mutex_);
  if (if_none_match && objects_.contains(key)) return Refuse(412, "PreconditionFailed");
  const std::string etag = NextEtagLocked();
  bytes_received_ += size;
  objects_[key] = std::make_shared<StoredObject>(
      StoredObject{keep_bodies_ ? std::move(body) : std::string(), size, etag, std::move(headers)});
  return {200, {}, etag, {}};
}

SyntheticOutcome SyntheticStore::CreateUpload(const std::string& key, Headers headers) {
  const std::lock_guard lock(mutex_);
  const std::string id = NextEtagLocked();
  uploads_[id] = {key, std::move(headers), {}};
  return {200, {}, {}, id};
}

SyntheticOutcome SyntheticStore::PutPart(const std::string& key, const std::string& upload_id, int number,
                                         std::string body, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  const auto upload = uploads_.find(upload_id);
  if (upload == uploads_.end() || upload->second.key != key) return Refuse(404, "NoSuchUpload");
  if (number < 1 || number > 10'000) return Refuse(400, "InvalidArgument");
  const std::string etag = NextEtagLocked();
  bytes_received_ += size;
  upload->second.parts[number] = {keep_bodies_ ? std::move(body) : std::string(), size, etag};
  return {200, {}, etag, {}};
}

SyntheticOutcome SyntheticStore::Complete(const std::string& key, const std::string& upload_id,
                                          const std::vector<std::pair<int, std::string>>& parts, bool if_none_match) {
  const std::lock_guard lock(mutex_);
  const auto upload = uploads_.find(upload_id);
  if (upload == uploads_.end() || upload->second.key != key) return Refuse(404, "NoSuchUpload");
  if (parts.empty()) return Refuse(400, "MalformedXML");
  if (if_none_match && objects_.contains(key)) return Refuse(412, "PreconditionFailed");
  StoredObject object;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& [number, etag] = parts[i];
    if (i > 0 && parts[i - 1].first >= number) return Refuse(400, "InvalidPartOrder");
    const auto part = upload->second.parts.find(number);
    if (part == upload->second.parts.end() || part->second.etag != etag) return Refuse(400, "InvalidPart");
    if (i + 1 < parts.size() && part->second.size < kMinPartBytes) return Refuse(400, "EntityTooSmall");
    object.size += part->second.size;
  }
  if (keep_bodies_) {
    object.body.reserve(object.size);
    for (const auto& part : parts) object.body += std::exchange(upload->second.parts[part.first].body, {});
  }
  object.etag = NextEtagLocked() + "-" + std::to_string(parts.size());
  object.headers = std::move(upload->second.headers);
  uploads_.erase(upload);
  const SyntheticOutcome outcome{200, {}, object.etag, {}};
  objects_[key] = std::make_shared<StoredObject>(std::move(object));
  return outcome;
}

SyntheticOutcome SyntheticStore::Abort(const std::string& upload_id) {
  const std::lock_guard lock(mutex_);
  if (uploads_.erase(upload_id) == 0) return Refuse(404, "NoSuchUpload");
  return {204, {}, {}, {}};
}

std::optional<std::map<int, SyntheticStore::Part>> SyntheticStore::Parts(const std::string& upload_id) const {
  const std::lock_guard lock(mutex_);
  const auto upload = uploads_.find(upload_id);
  if (upload == uploads_.end()) return std::nullopt;
  std::map<int, Part> parts;
  for (const auto& [number, part] : upload->second.parts) parts[number] = {{}, part.size, part.etag};
  return parts;
}

std::shared_ptr<const StoredObject> SyntheticStore::Find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto object = objects_.find(key);
  return object == objects_.end() ? nullptr : object->second;
}

std::vector<std::string> SyntheticStore::Keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, object] : objects_) keys.push_back(key);
  return keys;
}

int SyntheticStore::uploads_in_progress() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(uploads_.size());
}

std::uint64_t SyntheticStore::bytes_received() const {
  const std::lock_guard lock(mutex_);
  return bytes_received_;
}

}  // namespace signpost::testing
