#include "job/once_data.h"

#include <nlohmann/json.hpp>

#include "base/bucket.h"
#include "base/bytes.h"
#include "base/time_format.h"
#include "idempotency/record.h"

namespace signpost::job {
namespace {

using nlohmann::json;

constexpr std::size_t kMostErrorBytes = 64 << 10;

/// Keys are any bytes; JSON text is not.
json ErrorsOf(const JobResult& result) {
  json errors = json::array();
  std::size_t bytes = 0;
  for (const manifest::RowError& error : result.errors) {
    json entry = {
        {"key", PercentEncode(error.key, /*keep_slash=*/true)}, {"code", error.code}, {"message", error.message}};
    bytes += entry["key"].get_ref<const std::string&>().size() + error.code.size() + error.message.size();
    if (bytes > kMostErrorBytes) break;
    errors.push_back(std::move(entry));
  }
  return errors;
}

/// Reads members of one object; after the first that is missing or of another type all is void.
class Members {
 public:
  explicit Members(const json& object) : object_(object), good_(object.is_object()) {}

  std::string Text(const char* name) {
    const json* value = Find(name);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    good_ = false;
    return {};
  }
  std::uint64_t Number(const char* name) {
    const json* value = Find(name);
    if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
    good_ = false;
    return 0;
  }
  bool Flag(const char* name) {
    const json* value = Find(name);
    if (value != nullptr && value->is_boolean()) return value->get<bool>();
    good_ = false;
    return false;
  }
  std::string Bytes(const char* name) {
    std::string bytes;
    good_ = AppendPercentDecoded(Text(name), /*plus_is_space=*/false, &bytes) && good_;
    return bytes;
  }
  const json* List(const char* name) {
    const json* value = Find(name);
    if (value != nullptr && value->is_array()) return value;
    good_ = false;
    return nullptr;
  }
  template <typename T>
  T Take(Result<T> parsed) {
    if (parsed) return std::move(*parsed);
    good_ = false;
    return T{};
  }
  bool good() const { return good_; }

 private:
  const json* Find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const json& object_;
  bool good_;
};

}  // namespace

std::string ToJson(const OnceData& data) {
  const JobResult& result = data.result;
  const json object = {
      {"bucket", result.bucket.value_or("")},
      {"key", PercentEncode(result.key.value_or(""), /*keep_slash=*/true)},
      {"format", Name(result.format)},
      {"count", result.count},
      {"error_count", result.error_count},
      {"errors", ErrorsOf(result)},
      {"object_bytes", result.object_bytes},
      {"manifest_bytes", result.manifest_bytes},
      {"expires_at", FormatRfc3339(result.expires_at)},
      {"expires_at_is_upper_bound", result.expires_at_is_upper_bound},
      {"upload_id", data.upload_id},
      {"attempt_id", data.attempt_id},
      {"validation", data.validation},
  };
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<OnceData> ParseOnceData(std::string_view text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  Members members(object);
  OnceData data;
  JobResult& result = data.result;
  result.bucket = members.Text("bucket");
  result.key = members.Bytes("key");
  result.format = members.Take(manifest::ParseFormat(members.Text("format")));
  result.count = members.Number("count");
  result.error_count = members.Number("error_count");
  result.object_bytes = members.Number("object_bytes");
  result.manifest_bytes = members.Number("manifest_bytes");
  result.expires_at = members.Take(ParseRfc3339(members.Text("expires_at")));
  result.expires_at_is_upper_bound = members.Flag("expires_at_is_upper_bound");
  data.upload_id = members.Text("upload_id");
  data.attempt_id = members.Text("attempt_id");
  data.validation = members.Text("validation");
  bool good = members.good() && Bucket::Parse(*result.bucket) && !result.key->empty() &&
              idempotency::CheckTimes(0, result.expires_at.time_since_epoch().count());
  if (const json* errors = members.List("errors"); errors != nullptr) {
    for (const json& each : *errors) {
      Members error(each);
      result.errors.push_back({error.Bytes("key"), error.Text("code"), error.Text("message")});
      good = good && error.good();
    }
  }
  if (!good || !members.good()) return Fail(ErrorCode::kDataLoss, "the record's data does not tell of a manifest");
  return data;
}

}  // namespace signpost::job
