#include "idempotency/dynamodb_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

#include "testing/counting_provider.h"
#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::idempotency {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::ScriptedTransport;
using ::testing::StartsWith;

http::Response Answer(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  headers.emplace_back("x-amzn-requestid", "REQUEST1");
  response.headers = http::Headers(std::move(headers));
  return response;
}

http::Response Failure(int status, std::string_view code, const json& item = nullptr) {
  json body = {{"__type", fmt::format("com.amazonaws.dynamodb.v20120810#{}", code)}, {"message", "said"}};
  if (!item.is_null()) body["Item"] = item;
  return Answer(status, body.dump());
}

Record Example(std::string owner = "o1", std::uint64_t revision = 3) {
  return {.id = "0123",
          .status = RecordStatus::kInProgress,
          .owner = std::move(owner),
          .revision = revision,
          .in_progress_expiration = TimePoint(std::chrono::milliseconds(1'767'225'660'123)),
          .expiration = std::chrono::sys_seconds(std::chrono::seconds(1'767'312'000)),
          .validation = "v",
          .data = "{\"a\":1}"};
}

json ExampleItem(std::string_view owner = "o1", int revision = 3) {
  return {{"id", {{"S", "0123"}}},
          {"status", {{"S", "INPROGRESS"}}},
          {"owner", {{"S", owner}}},
          {"revision", {{"N", fmt::to_string(revision)}}},
          {"in_progress_expiration", {{"N", "1767225660123"}}},
          {"expiration", {{"N", "1767312000"}}},
          {"validation", {{"S", "v"}}},
          {"data", {{"S", "{\"a\":1}"}}}};
}

class DynamoDbStoreTest : public ::testing::Test {
 protected:
  DynamoDbStore& Open(ScriptedTransport::Script script, std::string table = "jobs") {
    transport_.emplace(std::move(script));
    store_.emplace(DynamoDbOptions{.table = std::move(table), .region = {"eu-west-1"}, .endpoint_url = {}},
                   &*transport_, &credentials_, &clock_, &skewed_, &sleeper_, &random_);
    return *store_;
  }
  json Body(int number) const { return json::parse(transport_->sent()[number].body); }
  std::chrono::milliseconds Waited() const {
    std::chrono::milliseconds sum{0};
    for (const auto wait : sleeper_.waits()) sum += wait;
    return sum;
  }

  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{7};
  aws::SkewedClock skewed_{&clock_};
  aws::CredentialsCache credentials_{std::make_unique<testing::CountingProvider>(), &clock_};
  std::optional<ScriptedTransport> transport_;
  std::optional<DynamoDbStore> store_;
};

TEST_F(DynamoDbStoreTest, CreatesOnTheConditionThatNothingIsThere) {
  const auto outcome = Open([](auto&, int) { return Answer(200, "{}"); }).Create({}, Example());
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->written);
  const auto sent = transport_->sent().at(0).request;
  EXPECT_EQ(sent.url, "https://dynamodb.eu-west-1.amazonaws.com");
  EXPECT_EQ(sent.headers.Find("x-amz-target"), "DynamoDB_20120810.PutItem");
  EXPECT_EQ(sent.headers.Find("content-type"), "application/x-amz-json-1.0");
  EXPECT_THAT(std::string(*sent.headers.Find("authorization")),
              StartsWith("AWS4-HMAC-SHA256 Credential=KEY1/20260101/eu-west-1/dynamodb/aws4_request"));
  EXPECT_EQ(Body(0), json({{"TableName", "jobs"},
                           {"Item", ExampleItem()},
                           {"ReturnValuesOnConditionCheckFailure", "ALL_OLD"},
                           {"ConditionExpression", "attribute_not_exists(#id)"},
                           {"ExpressionAttributeNames", {{"#id", "id"}}}}));
}

TEST_F(DynamoDbStoreTest, ReplacesOnTheConditionThatTheSeenWriteIsThere) {
  Open([](auto&, int) { return Answer(200, "{}"); });
  ASSERT_TRUE(store_->Replace({}, {.record = Example("o1", 3), .version = {}}, Example("o2", 0)));
  EXPECT_EQ(Body(0)["ConditionExpression"], "#owner = :owner AND #revision = :revision");
  EXPECT_EQ(Body(0)["ExpressionAttributeValues"], json({{":owner", {{"S", "o1"}}}, {":revision", {{"N", "3"}}}}));
}

TEST_F(DynamoDbStoreTest, ReplacesAnotherProgramsRecordByItsStatusAndExpiration) {
  Open([](auto&, int) { return Answer(200, "{}"); });
  ASSERT_TRUE(store_->Replace({}, {.record = Example("", 0), .version = {}}, Example("o2", 0)));
  EXPECT_THAT(Body(0)["ConditionExpression"].get<std::string>(), StartsWith("attribute_not_exists(#owner) AND"));
}

TEST_F(DynamoDbStoreTest, FailedConditionShowsWhatIsThere) {
  Open([](auto&, int) { return Failure(400, "ConditionalCheckFailedException", ExampleItem("other", 8)); });
  const auto outcome = store_->Create({}, Example());
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_FALSE(outcome->written);
  EXPECT_EQ(ToJson(outcome->now->record), ToJson(Example("other", 8)));
  EXPECT_EQ(transport_->sent().size(), 1u);
}

TEST_F(DynamoDbStoreTest, FailedConditionWithoutAnItemMeansThatItVanished) {
  Open([](auto&, int) { return Failure(400, "ConditionalCheckFailedException"); });
  const auto outcome = store_->Replace({}, {.record = Example(), .version = {}}, Example("o2"));
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->written);
  EXPECT_FALSE(outcome->now);
}

TEST_F(DynamoDbStoreTest, OwnWriteWhoseAnswerWasLostIsRecognised) {
  Open([](auto&, int number) -> Result<http::Response> {
    if (number == 0) return Fail(ErrorCode::kUnavailable, "reset");
    return Failure(400, "ConditionalCheckFailedException", ExampleItem("o1", 3));
  });
  const auto outcome = store_->Create({}, Example("o1", 3));
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_TRUE(outcome->written);
}

TEST_F(DynamoDbStoreTest, ReadsWithStrongConsistency) {
  Open([](auto&, int) { return Answer(200, json({{"Item", ExampleItem()}}).dump()); });
  const auto found = store_->Read({}, "0123");
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_EQ(ToJson((*found)->record), ToJson(Example()));
  EXPECT_EQ(Body(0), json({{"TableName", "jobs"}, {"Key", {{"id", {{"S", "0123"}}}}}, {"ConsistentRead", true}}));
}

TEST_F(DynamoDbStoreTest, ReadsNothingWhereNoItemIs) {
  Open([](auto&, int) { return Answer(200, "{}"); });
  const auto found = store_->Read({}, "0123");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_F(DynamoDbStoreTest, ReadsPowertoolsRecordsWithoutOwnerAndLockEnd) {
  json item = ExampleItem();
  for (const char* name : {"owner", "revision", "in_progress_expiration", "validation"}) item.erase(name);
  item["data"] = {{"M", json::object()}};
  Open([&](auto&, int) { return Answer(200, json({{"Item", item}}).dump()); });
  const auto found = store_->Read({}, "0123");
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_EQ((*found)->record.owner, "");
  EXPECT_EQ((*found)->record.data, "");
  EXPECT_EQ((*found)->record.in_progress_expiration, (*found)->record.expiration);
}

TEST_F(DynamoDbStoreTest, ItemThatIsNoRecordIsRefused) {
  for (const json& item : {json(3), json::object(), json({{"status", {{"S", "DONE"}}}, {"expiration", {{"N", "1"}}}}),
                           json({{"status", {{"S", "COMPLETED"}}}, {"expiration", {{"N", "1e3"}}}}),
                           json({{"status", {{"S", "COMPLETED"}}}, {"expiration", {{"N", "9223372036854775807"}}}}),
                           json({{"status", {{"S", "COMPLETED"}}}, {"expiration", {{"N", "-1"}}}}),
                           json({{"status", {{"S", "INPROGRESS"}}},
                                 {"expiration", {{"N", "1767312000"}}},
                                 {"in_progress_expiration", {{"N", "-9223372036854775808"}}}})}) {
    Open([&](auto&, int) { return Answer(200, json({{"Item", item}}).dump()); });
    const auto found = store_->Read({}, "0123");
    ASSERT_FALSE(found) << item;
    EXPECT_EQ(found.error().code, ErrorCode::kDataLoss);
  }
}

TEST_F(DynamoDbStoreTest, C5_StormOfThrottlesAndFailuresIsRiddenOut) {
  Open([](auto&, int number) {
    switch (number % 4) {
      case 0:
        return Failure(400, "ProvisionedThroughputExceededException");
      case 1:
        return Failure(500, "InternalServerError");
      case 2:
        return Failure(400, "ThrottlingException");
      default:
        return number < 7 ? Failure(400, "RequestLimitExceeded") : Answer(200, "{}");
    }
  });
  const auto outcome = store_->Create({}, Example());
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_TRUE(outcome->written);
  EXPECT_EQ(transport_->sent().size(), 8u);
}

TEST_F(DynamoDbStoreTest, C5_TableThatStaysAwayFailsAfterBoundedRetries) {
  for (const auto& script : std::vector<ScriptedTransport::Script>{
           [](auto&, int) { return Failure(400, "ProvisionedThroughputExceededException"); },
           [](auto&, int) { return Failure(500, "InternalServerError"); },
           [](auto&, int) { return Fail(ErrorCode::kUnavailable, "no connection"); }}) {
    const auto before = Waited();
    const auto outcome = Open(script).Create({}, Example());
    ASSERT_FALSE(outcome);
    EXPECT_TRUE(http::IsRetryable(outcome.error())) << outcome.error().ToString();
    EXPECT_EQ(transport_->sent().size(), 8u);
    EXPECT_LE(Waited() - before, std::chrono::seconds(10));
  }
}

TEST_F(DynamoDbStoreTest, C5_MissingTableIsToldAtOnce) {
  Open([](auto&, int) { return Failure(400, "ResourceNotFoundException"); });
  const auto outcome = store_->Create({}, Example());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(outcome.error().ToString(), HasSubstr("PutItem in the table 'jobs'"));
  EXPECT_EQ(transport_->sent().size(), 1u);
}

TEST_F(DynamoDbStoreTest, AnswerThatIsDamagedOnTheWayIsAskedForAgain) {
  const std::string good = json({{"Item", ExampleItem()}}).dump();
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(good.data()), good.size());
  Open([&](auto&, int number) {
    std::string body = good;
    if (number == 0) body.replace(body.find("INPROGRESS"), 10, "INPROGRESZ");
    return Answer(200, body, {{"x-amz-crc32", fmt::to_string(crc)}});
  });
  const auto found = store_->Read({}, "0123");
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_EQ(transport_->sent().size(), 2u);
}

TEST_F(DynamoDbStoreTest, ClockIsSetByTheServersDateOnce) {
  Open([](auto&, int number) {
    http::Response refused = Failure(400, "InvalidSignatureException");
    refused.headers.Add("Date", "Thu, 01 Jan 2026 03:00:00 GMT");
    return number == 0 ? refused : Answer(200, "{}");
  });
  ASSERT_TRUE(store_->Create({}, Example()));
  EXPECT_EQ(skewed_.offset(), std::chrono::hours(3));
  EXPECT_EQ(transport_->sent().at(1).request.headers.Find("x-amz-date"), "20260101T030000Z");
}

TEST_F(DynamoDbStoreTest, WrongSignatureIsNotRetried) {
  Open([](auto&, int) { return Failure(400, "InvalidSignatureException"); });
  const auto outcome = store_->Create({}, Example());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(transport_->sent().size(), 1u);
}

TEST_F(DynamoDbStoreTest, ExpiredCredentialsAreRenewedOnce) {
  Open([](auto&, int) { return Failure(400, "ExpiredTokenException"); });
  EXPECT_FALSE(store_->Create({}, Example()));
  ASSERT_EQ(transport_->sent().size(), 2u);
  EXPECT_THAT(std::string(*transport_->sent()[1].request.headers.Find("authorization")), HasSubstr("Credential=KEY2/"));
}

TEST_F(DynamoDbStoreTest, TableByArnIsAskedForInItsOwnRegion) {
  Open([](auto&, int) { return Answer(200, "{}"); }, "arn:aws-cn:dynamodb:cn-north-1:123456789012:table/jobs");
  ASSERT_TRUE(store_->Create({}, Example()));
  EXPECT_EQ(transport_->sent()[0].request.url, "https://dynamodb.cn-north-1.amazonaws.com.cn");
}

TEST_F(DynamoDbStoreTest, StopsWhenTheCallIsCancelled) {
  Open([](auto&, int) { return Answer(200, "{}"); });
  std::stop_source stop;
  stop.request_stop();
  const auto outcome = store_->Create({.stop = stop.get_token(), .deadline = {}}, Example());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace signpost::idempotency
