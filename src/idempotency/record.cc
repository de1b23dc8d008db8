#include "idempotency/record.h"

#include <optional>

#include <nlohmann/json.hpp>

namespace signpost::idempotency {
namespace {

using nlohmann::json;

std::optional<std::string> Text(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return std::string();
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

std::optional<std::int64_t> Number(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

}  // namespace

std::string_view Name(RecordStatus status) { return status == RecordStatus::kInProgress ? "INPROGRESS" : "COMPLETED"; }

Status CheckTimes(std::int64_t in_progress_expiration_ms, std::int64_t expiration_s) {
  constexpr std::int64_t kLatest = 253'402'300'799;  // 9999-12-31T23:59:59Z
  const auto is_in_range = [](std::int64_t seconds) { return seconds >= 0 && seconds <= kLatest; };
  if (is_in_range(expiration_s) && is_in_range(in_progress_expiration_ms / 1000)) return {};
  return Fail(ErrorCode::kDataLoss, "the record's times are out of range");
}

std::string ToJson(const Record& record) {
  const json object = {
      {"id", record.id},
      {"status", Name(record.status)},
      {"owner", record.owner},
      {"revision", record.revision},
      {"in_progress_expiration", record.in_progress_expiration.time_since_epoch().count()},
      {"expiration", record.expiration.time_since_epoch().count()},
      {"validation", record.validation},
      {"data", record.data},
  };
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Record> FromJson(std::string_view text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Fail(ErrorCode::kDataLoss, "the record is not a JSON object");
  const auto id = Text(object, "id");
  const auto status = Text(object, "status");
  const auto owner = Text(object, "owner");
  const auto validation = Text(object, "validation");
  const auto data = Text(object, "data");
  const auto revision = Number(object, "revision");
  const auto lock_end = Number(object, "in_progress_expiration");
  const auto expiration = Number(object, "expiration");
  const bool completed = status && *status == Name(RecordStatus::kCompleted);
  if (!id || id->empty() || !owner || !validation || !data || !revision || !lock_end || !expiration ||
      (!completed && status != Name(RecordStatus::kInProgress))) {
    return Fail(ErrorCode::kDataLoss, "the record lacks a field or has one of the wrong type");
  }
  if (Status times = CheckTimes(*lock_end, *expiration); !times) return Forward(times);
  return Record{.id = *id,
                .status = completed ? RecordStatus::kCompleted : RecordStatus::kInProgress,
                .owner = *owner,
                .revision = static_cast<std::uint64_t>(*revision),
                .in_progress_expiration = TimePoint(std::chrono::milliseconds(*lock_end)),
                .expiration = std::chrono::sys_seconds(std::chrono::seconds(*expiration)),
                .validation = *validation,
                .data = *data};
}

}  // namespace signpost::idempotency
