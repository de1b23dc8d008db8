#include "lambda/event.h"

#include <fmt/format.h>

#include "lambda/log_text.h"
#include "lambda/strict_json.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;

constexpr int kMostEnvelopes = 3;  // EventBridge in SNS in SQS is two.

std::unexpected<Error> Refused(std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); }

/// The text of member `name`; null when there is none or it is something else.
const std::string* TextOf(const json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : found->get_ptr<const std::string*>();
}

bool Says(const json& object, std::string_view name, std::string_view value) {
  const std::string* text = TextOf(object, name);
  return text != nullptr && *text == value;
}

/// `Records[0].Sns` of an event that SNS itself sends.
Result<json> OpenSnsRecord(const json& records, int envelopes);

/// Takes the envelopes off a document until a job is left.
Result<json> Unwrap(json document, int envelopes) {
  if (!document.is_object()) return Refused(fmt::format("the job is {}, not an object", document.type_name()));
  if (envelopes > kMostEnvelopes) return Refused("the job is in too many envelopes");
  if (document.contains("Records")) return OpenSnsRecord(document["Records"], envelopes);
  if (Says(document, "Event", "s3:TestEvent")) return Refused("this is S3's test notification, not a job");
  if (const std::string* type = TextOf(document, "Type"); type != nullptr && document.contains("TopicArn")) {
    if (*type != "Notification") return Refused(fmt::format("this is SNS's {}, not a job", Excerpt(*type)));
    const std::string* message = TextOf(document, "Message");
    if (message == nullptr) return Refused("the SNS notification has no Message");
    auto inner = ParseStrictJson(*message);
    if (!inner) return std::unexpected(std::move(inner.error()).Within("the SNS notification's Message"));
    return Unwrap(std::move(*inner), envelopes + 1);
  }
  if (document.contains("detail-type") && document.contains("source")) {
    if (!document.contains("detail")) return Refused("the EventBridge event has no detail");
    return Unwrap(std::move(document["detail"]), envelopes + 1);
  }
  return document;
}

Result<json> OpenSnsRecord(const json& records, int envelopes) {
  if (!records.is_array() || records.size() != 1 || !records[0].is_object()) {
    return Refused("Records must come from aws:sqs, or be the one record that SNS sends");
  }
  const json& record = records[0];
  if (!Says(record, "EventSource", "aws:sns") || !record.contains("Sns") || !record["Sns"].is_object()) {
    const std::string* source = TextOf(record, "eventSource");
    return Refused(fmt::format("a record from {} is not a job", source == nullptr ? "nobody" : Excerpt(*source)));
  }
  const std::string* message = TextOf(record["Sns"], "Message");
  if (message == nullptr) return Refused("the SNS record has no Message");
  auto inner = ParseStrictJson(*message);
  if (!inner) return std::unexpected(std::move(inner.error()).Within("the SNS record's Message"));
  return Unwrap(std::move(*inner), envelopes + 1);
}

bool IsSqs(const json& records) {
  if (records.empty()) return true;
  for (const json& record : records) {
    if (record.is_object() && Says(record, "eventSource", "aws:sqs")) return true;
  }
  return false;
}

Result<SqsBatch> ReadBatch(const json& records) {
  SqsBatch batch;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const json& record = records[i];
    const auto refuse = [i](std::string_view why) { return Refused(fmt::format("Records[{}] {}", i, why)); };
    if (!record.is_object() || !Says(record, "eventSource", "aws:sqs")) return refuse("is not from aws:sqs");
    const std::string* id = TextOf(record, "messageId");
    if (id == nullptr || id->empty()) return refuse("has no messageId: its failure could not be reported");
    const std::string* body = TextOf(record, "body");
    if (body == nullptr) return refuse("has no body that is a string");
    if (const std::string* arn = TextOf(record, "eventSourceARN")) batch.queue_arn = *arn;
    const auto attributes = record.find("attributes");
    // Only messages of FIFO queues have one.
    if (attributes != record.end() && attributes->is_object() && attributes->contains("SequenceNumber")) {
      batch.fifo = true;
    }
    const std::string* receipt = TextOf(record, "receiptHandle");
    batch.records.push_back({.message_id = *id, .receipt_handle = receipt == nullptr ? "" : *receipt, .body = *body});
  }
  batch.fifo = batch.fifo || batch.queue_arn.ends_with(".fifo");
  return batch;
}

}  // namespace

Result<Event> DecodeEvent(std::string_view payload) {
  auto document = ParseStrictJson(payload);
  if (!document) return std::unexpected(std::move(document.error()).Within("the event"));
  if (document->is_object() && document->contains("Records")) {
    const json& records = (*document)["Records"];
    if (!records.is_array()) return Refused(fmt::format("Records is {}, not an array", records.type_name()));
    if (IsSqs(records)) {
      auto batch = ReadBatch(records);
      if (!batch) return Forward(batch);
      return std::move(*batch);
    }
  }
  auto job = Unwrap(std::move(*document), 0);
  if (!job) return Forward(job);
  return JobEvent{.job = std::move(*job)};
}

Result<json> OpenMessage(std::string_view body) {
  auto document = ParseStrictJson(body);
  if (!document) return Forward(document);
  return Unwrap(std::move(*document), 0);
}

}  // namespace signpost::lambda
