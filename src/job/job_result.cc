#include "job/job_result.h"

#include <nlohmann/json.hpp>

#include "base/time_format.h"

namespace signpost::job {

std::string JobResult::ToJson() const {
  nlohmann::ordered_json json;
  const auto add = [&json](const char* name, const std::optional<std::string>& value) {
    if (value) {
      json[name] = *value;
    } else {
      json[name] = nullptr;
    }
  };
  add("manifest_url", manifest_url);
  add("bucket", bucket);
  add("key", key);
  if (path) json["path"] = *path;
  json["format"] = Name(format);
  json["count"] = count;
  json["error_count"] = error_count;
  json["errors"] = nlohmann::ordered_json::array();
  for (const manifest::RowError& error : errors) {
    json["errors"].push_back({{"key", error.key}, {"code", error.code}, {"message", error.message}});
  }
  json["object_bytes"] = object_bytes;
  json["manifest_bytes"] = manifest_bytes;
  json["expires_at"] = FormatRfc3339(expires_at);
  json["expires_at_is_upper_bound"] = expires_at_is_upper_bound;
  json["replayed"] = replayed;
  json["list_calls"] = list_calls;
  json["elapsed_ms"] = elapsed.count();
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace signpost::job
