#include "idempotency/dynamodb_item.h"

#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace signpost::idempotency {
namespace {

using nlohmann::json;

json TextValue(std::string_view text) { return {{"S", text}}; }
json NumberValue(std::int64_t number) { return {{"N", fmt::to_string(number)}}; }

json ItemOf(const Record& record) {
  json item = {
      {"id", TextValue(record.id)},
      {"status", TextValue(Name(record.status))},
      {"owner", TextValue(record.owner)},
      {"revision", NumberValue(static_cast<std::int64_t>(record.revision))},
      {"in_progress_expiration", NumberValue(record.in_progress_expiration.time_since_epoch().count())},
      {"expiration", NumberValue(record.expiration.time_since_epoch().count())},
  };
  if (!record.validation.empty()) item["validation"] = TextValue(record.validation);
  if (!record.data.empty()) item["data"] = TextValue(record.data);
  return item;
}

std::string Dump(const json& body) { return body.dump(-1, ' ', false, json::error_handler_t::replace); }

/// The value of an attribute of type `type`, or empty when it is missing or of another type (as others may write it).
std::string Value(const json& item, const char* name, const char* type) {
  const auto attribute = item.find(name);
  if (attribute == item.end() || !attribute->is_object()) return {};
  const auto value = attribute->find(type);
  return value == attribute->end() || !value->is_string() ? std::string() : value->get<std::string>();
}

std::optional<std::int64_t> NumberIn(const json& item, const char* name) {
  const std::string text = Value(item, name, "N");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::string GetItemBody(std::string_view table, std::string_view id) {
  return Dump({{"TableName", table}, {"Key", {{"id", TextValue(id)}}}, {"ConsistentRead", true}});
}

std::string PutItemBody(std::string_view table, const Record& record, const Record* seen) {
  json body = {{"TableName", table}, {"Item", ItemOf(record)}, {"ReturnValuesOnConditionCheckFailure", "ALL_OLD"}};
  if (seen == nullptr) {
    body["ConditionExpression"] = "attribute_not_exists(#id)";
    body["ExpressionAttributeNames"] = {{"#id", "id"}};
  } else if (seen->owner.empty()) {
    body["ConditionExpression"] = "attribute_not_exists(#owner) AND #status = :status AND #expiration = :expiration";
    body["ExpressionAttributeNames"] = {{"#owner", "owner"}, {"#status", "status"}, {"#expiration", "expiration"}};
    body["ExpressionAttributeValues"] = {{":status", TextValue(Name(seen->status))},
                                         {":expiration", NumberValue(seen->expiration.time_since_epoch().count())}};
  } else {
    body["ConditionExpression"] = "#owner = :owner AND #revision = :revision";
    body["ExpressionAttributeNames"] = {{"#owner", "owner"}, {"#revision", "revision"}};
    body["ExpressionAttributeValues"] = {{":owner", TextValue(seen->owner)},
                                         {":revision", NumberValue(static_cast<std::int64_t>(seen->revision))}};
  }
  return Dump(body);
}

Result<std::optional<Record>> ReadItem(std::string_view answer) {
  const json body = json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) return Fail(ErrorCode::kDataLoss, "the answer is not a JSON object");
  const auto found = body.find("Item");
  if (found == body.end()) return std::nullopt;
  const json& item = *found;
  const std::string status = item.is_object() ? Value(item, "status", "S") : "";
  const bool completed = status == Name(RecordStatus::kCompleted);
  const auto expiration = item.is_object() ? NumberIn(item, "expiration") : std::nullopt;
  if (!expiration || (!completed && status != Name(RecordStatus::kInProgress))) {
    return Fail(ErrorCode::kDataLoss, "the item has no status or expiration: is the table another program's?");
  }
  if (Status times = CheckTimes(0, *expiration); !times) return Forward(times);
  // Without an end of its own, a lock is held until the record is forgotten.
  const std::int64_t lock_end = NumberIn(item, "in_progress_expiration").value_or(*expiration * 1000);
  if (Status times = CheckTimes(lock_end, *expiration); !times) return Forward(times);
  return Record{.id = Value(item, "id", "S"),
                .status = completed ? RecordStatus::kCompleted : RecordStatus::kInProgress,
                .owner = Value(item, "owner", "S"),
                .revision = static_cast<std::uint64_t>(NumberIn(item, "revision").value_or(0)),
                .in_progress_expiration = TimePoint(std::chrono::milliseconds(lock_end)),
                .expiration = std::chrono::sys_seconds(std::chrono::seconds(*expiration)),
                .validation = Value(item, "validation", "S"),
                .data = Value(item, "data", "S")};
}

}  // namespace signpost::idempotency
