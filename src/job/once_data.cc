#include "job/once_data.h"

#include <nlohmann/json.hpp>

#include "base/bucket.h"
#include "base/bytes.h"
#include "base/time_format.h"
#include "idempotency/record.h"
#include "job/json_members.h"

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

}  // namespace

std::string ToJson(const OnceData& data) {
  const JobResult& result = data.result;
  json object = {
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
  if (data.checkpoint) object["checkpoint"] = ToJson(*data.checkpoint);
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<OnceData> ParseOnceData(std::string_view text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  JsonMembers members(object);
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
      JsonMembers error(each);
      result.errors.push_back({error.Bytes("key"), error.Text("code"), error.Text("message")});
      good = good && error.good();
    }
  }
  if (!good || !members.good()) return Fail(ErrorCode::kDataLoss, "the record's data does not tell of a manifest");
  if (const auto checkpoint = object.find("checkpoint"); checkpoint != object.end()) {
    data.checkpoint = ParseCheckpoint(*checkpoint, result.manifest_bytes);
  }
  return data;
}

}  // namespace signpost::job
