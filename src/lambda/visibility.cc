#include "lambda/visibility.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "aws/json_call.h"

namespace signpost::lambda {
namespace {

constexpr std::chrono::seconds kLongestVisibility{43'200};

}  // namespace

std::optional<QueueName> ParseQueueArn(std::string_view arn) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t colon = arn.find(':');
    parts.push_back(arn.substr(0, colon));
    if (colon == std::string_view::npos) break;
    arn.remove_prefix(colon + 1);
  }
  if (parts.size() != 6 || parts[0] != "arn" || parts[2] != "sqs" || parts[4].empty() || parts[5].empty()) {
    return std::nullopt;
  }
  return QueueName{.region = {std::string(parts[3])}, .account = std::string(parts[4]), .name = std::string(parts[5])};
}

Status SqsVisibility::Postpone(const CallContext& context, const std::string& queue_arn,
                               const std::string& receipt_handle, std::chrono::milliseconds duration) {
  const auto queue = ParseQueueArn(queue_arn);
  if (!queue || receipt_handle.empty()) return Fail(ErrorCode::kInvalidArgument, "the event does not tell its queue");
  auto session = Session::Open(world_, {});
  if (!session) return Forward(session);
  s3::Connection& connection = (*session)->connection();
  std::string url = aws::ServiceUrl(world_.settings->aws.sqs_endpoint_url, "sqs", queue->region);
  while (url.ends_with('/')) url.pop_back();
  const auto seconds =
      std::clamp(std::chrono::ceil<std::chrono::seconds>(duration), std::chrono::seconds(1), kLongestVisibility);
  const nlohmann::json body = {{"QueueUrl", fmt::format("{}/{}/{}", url, queue->account, queue->name)},
                               {"ReceiptHandle", receipt_handle},
                               {"VisibilityTimeout", seconds.count()}};
  const auto answer = aws::CallJson({.name = "sqs",
                                     .target = "AmazonSQS",
                                     .url = url,
                                     .region = queue->region,
                                     .transport = &connection.transport(),
                                     .retrier = &connection.retrier(),
                                     .credentials = &connection.credentials(),
                                     .clock = &connection.clock()},
                                    context, "postponing a message", "ChangeMessageVisibility",
                                    body.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  if (!answer) return std::unexpected(answer.error());
  return {};
}

}  // namespace signpost::lambda
