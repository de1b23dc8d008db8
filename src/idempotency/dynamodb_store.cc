#include "idempotency/dynamodb_store.h"

#include <utility>

#include <fmt/format.h>

#include "idempotency/dynamodb_item.h"
#include "idempotency/store_address.h"

namespace signpost::idempotency {
namespace {

constexpr http::RetryPolicy kPolicy{
    .max_attempts = 8, .base_delay = std::chrono::milliseconds(50), .max_delay = std::chrono::milliseconds(5'000)};
constexpr std::chrono::milliseconds kIdleTimeout{5'000};

}  // namespace

DynamoDbStore::DynamoDbStore(const DynamoDbOptions& options, http::Transport* transport,
                             aws::CredentialsCache* credentials, const Clock* clock, aws::SkewedClock* skewed,
                             Sleeper* sleeper, Random* random)
    : table_(options.table),
      retrier_(kPolicy, &budget_, clock, sleeper, random),
      service_{.name = "dynamodb",
               .target = "DynamoDB_20120810",
               .url = aws::ServiceUrl(options.endpoint_url, "dynamodb", RegionOf({options.table}, options.region)),
               .region = RegionOf({options.table}, options.region),
               .transport = transport,
               .retrier = &retrier_,
               .credentials = credentials,
               .clock = skewed,
               .skewed = skewed,
               .idle_timeout = kIdleTimeout} {}

std::string DynamoDbStore::Describe() const { return fmt::format("the table '{}'", table_); }

Result<std::optional<Stored>> DynamoDbStore::Read(const CallContext& context, const std::string& id) {
  auto answer = Call(context, "GetItem", GetItemBody(table_, id));
  if (!answer) return Forward(answer);
  auto record = ReadItem(*answer);
  if (!record) return std::unexpected(std::move(record.error()).Within("reading a record in " + Describe()));
  if (!*record) return std::nullopt;
  return Stored{.record = std::move(**record), .version = {}};
}

Result<WriteOutcome> DynamoDbStore::Create(const CallContext& context, const Record& record) {
  return Put(context, record, PutItemBody(table_, record, nullptr));
}

Result<WriteOutcome> DynamoDbStore::Replace(const CallContext& context, const Stored& seen, const Record& record) {
  return Put(context, record, PutItemBody(table_, record, &seen.record));
}

Result<WriteOutcome> DynamoDbStore::Put(const CallContext& context, const Record& record, const std::string& body) {
  std::string refusal;
  auto answer = Call(context, "PutItem", body, &refusal);
  if (answer) return WriteOutcome{.written = true, .now = Stored{.record = record, .version = {}}};
  if (answer.error().service_code != "ConditionalCheckFailedException") return Forward(answer);
  auto there = ReadItem(refusal);
  if (!there) return std::unexpected(std::move(there.error()).Within("a record in " + Describe()));
  if (!*there) return WriteOutcome{};
  // An attempt whose answer was lost may have written what the next one ran into.
  const bool is_ours = (*there)->IsSameWriteAs(record);
  return WriteOutcome{.written = is_ours, .now = Stored{.record = std::move(**there), .version = {}}};
}

Result<std::string> DynamoDbStore::Call(const CallContext& context, std::string_view action, const std::string& body,
                                        std::string* refusal) {
  return aws::CallJson(service_, context, fmt::format("{} in {}", action, Describe()), action, body, refusal);
}

}  // namespace signpost::idempotency
