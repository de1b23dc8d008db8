#include "local/sqs_queue.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace signpost::local {
namespace {

using nlohmann::json;

constexpr std::size_t kMostDeletesAtOnce = 10;

std::string Dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json Parse(const std::string& text) {
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return parsed.is_object() ? parsed : json::object();
}

std::string Text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json Member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? json() : *found;
}

/// {"StringValue":"x","DataType":"String"} as a function sees it.
json AttributeOfRecord(const json& attribute) {
  json record{{"dataType", Text(attribute, "DataType")},
              {"stringListValues", json::array()},
              {"binaryListValues", json::array()}};
  if (attribute.contains("StringValue")) record["stringValue"] = Text(attribute, "StringValue");
  if (attribute.contains("BinaryValue")) record["binaryValue"] = Text(attribute, "BinaryValue");
  return record;
}

/// The record of an event
/// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event).
std::string RecordOf(const json& message, const std::string& arn, const std::string& region) {
  json attributes = Member(message, "Attributes");
  if (!attributes.is_object()) attributes = json::object();
  json message_attributes = json::object();
  const json sent = Member(message, "MessageAttributes");
  for (const auto& [name, value] : sent.items()) {
    if (value.is_object()) message_attributes[name] = AttributeOfRecord(value);
  }
  return Dump({{"messageId", Text(message, "MessageId")},
               {"receiptHandle", Text(message, "ReceiptHandle")},
               {"body", Text(message, "Body")},
               {"attributes", std::move(attributes)},
               {"messageAttributes", std::move(message_attributes)},
               {"md5OfBody", Text(message, "MD5OfBody")},
               {"eventSource", "aws:sqs"},
               {"eventSourceARN", arn},
               {"awsRegion", region}});
}

}  // namespace

Result<SqsQueueFacts> RemoteSqsQueue::Describe(const CallContext& context) {
  const json asked{{"QueueUrl", queue_url_}, {"AttributeNames", {"QueueArn", "VisibilityTimeout"}}};
  auto answer = aws::CallJson(service_, context, "asking about the queue", "GetQueueAttributes", Dump(asked));
  if (!answer) return Forward(answer);
  const json attributes = Member(Parse(*answer), "Attributes");
  const std::string timeout = attributes.is_object() ? Text(attributes, "VisibilityTimeout") : "";
  int seconds = 0;
  const auto [end, error] = std::from_chars(timeout.data(), timeout.data() + timeout.size(), seconds);
  if (error != std::errc() || end != timeout.data() + timeout.size()) {
    return Fail(ErrorCode::kUnavailable, "asking about the queue: the answer does not tell its visibility timeout");
  }
  arn_ = Text(attributes, "QueueArn");
  return SqsQueueFacts{.arn = arn_, .visibility_timeout = std::chrono::seconds(seconds)};
}

Result<std::vector<SqsMessage>> RemoteSqsQueue::Receive(const CallContext& context, int most,
                                                        std::chrono::seconds wait) {
  const json asked{{"QueueUrl", queue_url_},
                   {"MaxNumberOfMessages", most},
                   {"WaitTimeSeconds", wait.count()},
                   {"AttributeNames", {"All"}},
                   {"MessageAttributeNames", {"All"}}};
  auto answer = aws::CallJson(service_, context, "receiving messages", "ReceiveMessage", Dump(asked));
  if (!answer) return Forward(answer);
  std::vector<SqsMessage> messages;
  for (const json& message : Member(Parse(*answer), "Messages")) {
    if (!message.is_object()) continue;
    messages.push_back({.message_id = Text(message, "MessageId"),
                        .receipt_handle = Text(message, "ReceiptHandle"),
                        .record = RecordOf(message, arn_, service_.region.name)});
  }
  return messages;
}

Status RemoteSqsQueue::Delete(const CallContext& context, std::span<const std::string> receipt_handles) {
  std::size_t left = 0;
  std::string why;
  for (std::size_t begin = 0; begin < receipt_handles.size(); begin += kMostDeletesAtOnce) {
    json entries = json::array();
    for (const std::string& handle :
         receipt_handles.subspan(begin).first(std::min(kMostDeletesAtOnce, receipt_handles.size() - begin))) {
      entries.push_back({{"Id", std::to_string(entries.size())}, {"ReceiptHandle", handle}});
    }
    const json asked{{"QueueUrl", queue_url_}, {"Entries", std::move(entries)}};
    auto answer = aws::CallJson(service_, context, "deleting messages", "DeleteMessageBatch", Dump(asked));
    if (!answer) return Forward(answer);
    const json failed = Member(Parse(*answer), "Failed");
    if (!failed.is_array() || failed.empty()) continue;
    left += failed.size();
    if (failed.front().is_object()) why = Text(failed.front(), "Code");
  }
  if (left == 0) return {};
  return Fail(ErrorCode::kUnavailable, fmt::format("deleting messages: {} could not be deleted ({})", left, why));
}

Result<SqsEndpoint> EndpointOfQueue(const std::string& queue_url, const Region& fallback) {
  const std::size_t scheme_end = queue_url.find("://");
  const std::size_t slash = scheme_end == std::string::npos ? scheme_end : queue_url.find('/', scheme_end + 3);
  if (slash == std::string::npos || slash + 1 == queue_url.size()) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a queue's URL", queue_url));
  }
  SqsEndpoint endpoint{.url = queue_url.substr(0, slash), .region = fallback};
  if (Status valid = aws::CheckEndpointUrl(endpoint.url); !valid) return Forward(valid);
  const std::string_view host = std::string_view(queue_url).substr(scheme_end + 3, slash - scheme_end - 3);
  constexpr std::string_view kService = "sqs.";
  const std::size_t dot = host.find('.', kService.size());
  if (host.starts_with(kService) && dot != std::string_view::npos && host.substr(dot).starts_with(".amazonaws.")) {
    endpoint.region.name = host.substr(kService.size(), dot - kService.size());
  }
  return endpoint;
}

}  // namespace signpost::local
