#include "provision/services.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "idempotency/store_address.h"

namespace signpost::provision {
namespace {

aws::JsonService ServiceOf(s3::Connection* connection, std::string name, std::string target, std::string url,
                           Region region) {
  return {.name = std::move(name),
          .target = std::move(target),
          .url = std::move(url),
          .region = std::move(region),
          .transport = &connection->transport(),
          .retrier = &connection->retrier(),
          .credentials = &connection->credentials(),
          .clock = &connection->clock(),
          .skewed = &connection->clock()};
}

}  // namespace

aws::JsonService DynamoDbOf(s3::Connection* connection, const std::string& table) {
  const aws::Settings& settings = connection->settings();
  const Region region = idempotency::RegionOf({table}, settings.S3Region());
  return ServiceOf(connection, "dynamodb", "DynamoDB_20120810",
                   aws::ServiceUrl(settings.dynamodb_endpoint_url, "dynamodb", region), region);
}

aws::JsonService SqsOf(s3::Connection* connection) {
  const Region region = connection->settings().S3Region();
  return ServiceOf(connection, "sqs", "AmazonSQS",
                   aws::ServiceUrl(connection->settings().sqs_endpoint_url, "sqs", region), region);
}

Result<nlohmann::json> Call(const aws::JsonService& service, const CallContext& context, const std::string& what,
                            const char* action, const nlohmann::json& body) {
  auto answer =
      aws::CallJson(service, context, what, action, body.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  if (!answer) return Forward(answer);
  if (answer->empty()) return nlohmann::json::object();
  auto json = nlohmann::json::parse(*answer, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) return json;
  return Fail(ErrorCode::kUnavailable, fmt::format("{}: the answer is no JSON object", what));
}

}  // namespace signpost::provision
