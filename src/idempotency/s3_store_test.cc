#include "idempotency/s3_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "aws/static_provider.h"
#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::idempotency {
namespace {

using ::testing::HasSubstr;
using testing::ScriptedTransport;

http::Response S3Answer(int status, std::string body = "", const std::string& etag = "") {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  if (!etag.empty()) response.headers.Add("ETag", "\"" + etag + "\"");
  return response;
}

http::Response S3Failure(int status, std::string_view code) {
  return S3Answer(status, fmt::format("<Error><Code>{}</Code><Message>said</Message></Error>", code));
}

Record StoredRecord(std::string owner = "o1", std::uint64_t revision = 0) {
  return {.id = "0123",
          .status = RecordStatus::kCompleted,
          .owner = std::move(owner),
          .revision = revision,
          .in_progress_expiration = TimePoint(std::chrono::milliseconds(1'767'225'660'123)),
          .expiration = std::chrono::sys_seconds(std::chrono::seconds(1'767'312'000)),
          .validation = "v",
          .data = "{\"key\":\"a\\\"b\"}"};
}

class S3StoreTest : public ::testing::Test {
 protected:
  S3Store& Open(ScriptedTransport::Script script) {
    transport_.emplace(std::move(script));
    client_.emplace(s3::ClientOptions{.region = {"us-east-1"}}, &*transport_, &credentials_, &retrier_, &skewed_);
    store_.emplace(S3Address{*Bucket::Parse("locks"), "jobs/"}, &*client_);
    return *store_;
  }

  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{{}, &budget_, &clock_, &sleeper_, &random_};
  aws::SkewedClock skewed_{&clock_};
  aws::CredentialsCache credentials_{
      std::make_unique<aws::StaticProvider>(Credentials{"KEY", SecretString("secret"), {}, {}}, "the test"), &clock_};
  std::optional<ScriptedTransport> transport_;
  std::optional<s3::Client> client_;
  std::optional<S3Store> store_;
};

TEST_F(S3StoreTest, CreatesWithIfNoneMatchAndReplacesWithIfMatch) {
  Open([](auto&, int number) { return S3Answer(200, "", fmt::format("e{}", number)); });
  const auto created = store_->Create({}, StoredRecord());
  ASSERT_TRUE(created) << created.error().ToString();
  EXPECT_TRUE(created->written);
  ASSERT_TRUE(store_->Replace({}, *created->now, StoredRecord("o1", 1)));
  const auto sent = transport_->sent();
  EXPECT_EQ(sent.at(0).request.url, "https://locks.s3.us-east-1.amazonaws.com/jobs/0123");
  EXPECT_EQ(sent.at(0).request.headers.Find("if-none-match"), "*");
  EXPECT_EQ(sent.at(0).request.headers.Find("content-type"), "application/json");
  EXPECT_EQ(sent.at(0).body, ToJson(StoredRecord()));
  EXPECT_EQ(sent.at(1).request.headers.Find("if-match"), "\"e0\"");
  EXPECT_FALSE(sent.at(1).request.headers.Find("if-none-match"));
}

TEST_F(S3StoreTest, ReadsBackWhatItWrites) {
  Open([](auto&, int) { return S3Answer(200, ToJson(StoredRecord()), "e"); });
  const auto found = store_->Read({}, "0123");
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_EQ(ToJson((*found)->record), ToJson(StoredRecord()));
  EXPECT_EQ((*found)->version, "e");
}

TEST_F(S3StoreTest, N10_LostRaceShowsTheWinner) {
  Open([](auto& request, int) {
    return request.method == "PUT" ? S3Failure(412, "PreconditionFailed")
                                   : S3Answer(200, ToJson(StoredRecord("other")), "e9");
  });
  for (const bool create : {true, false}) {
    const auto outcome = create ? store_->Create({}, StoredRecord())
                                : store_->Replace({}, {.record = StoredRecord(), .version = "e0"}, StoredRecord());
    ASSERT_TRUE(outcome) << outcome.error().ToString();
    EXPECT_FALSE(outcome->written);
    EXPECT_EQ(outcome->now->record.owner, "other");
    EXPECT_EQ(outcome->now->version, "e9");
  }
}

TEST_F(S3StoreTest, N9_WriteInTheMiddleOfARaceIsSentAgain) {
  Open([](auto&, int number) {
    return number == 0 ? S3Failure(409, "ConditionalRequestConflict") : S3Answer(200, "", "e1");
  });
  const auto outcome = store_->Replace({}, {.record = StoredRecord(), .version = "e0"}, StoredRecord("o2"));
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_TRUE(outcome->written);
  EXPECT_EQ(transport_->sent().size(), 2u);
}

TEST_F(S3StoreTest, OwnWriteWhoseAnswerWasLostIsRecognised) {
  Open([](auto& request, int number) -> Result<http::Response> {
    if (number == 0) return Fail(ErrorCode::kUnavailable, "reset");
    return request.method == "PUT" ? S3Failure(412, "PreconditionFailed")
                                   : S3Answer(200, ToJson(StoredRecord("o1", 4)), "e1");
  });
  const auto outcome = store_->Replace({}, {.record = StoredRecord(), .version = "e0"}, StoredRecord("o1", 4));
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_TRUE(outcome->written);
  EXPECT_EQ(outcome->now->version, "e1");
}

TEST_F(S3StoreTest, ReplacedObjectThatVanishedLeavesNothing) {
  Open([](auto&, int) { return S3Failure(404, "NoSuchKey"); });
  const auto outcome = store_->Replace({}, {.record = StoredRecord(), .version = "e0"}, StoredRecord());
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_FALSE(outcome->written);
  EXPECT_FALSE(outcome->now);
}

TEST_F(S3StoreTest, MissingBucketIsAnErrorAndNotAFreeLock) {
  Open([](auto&, int) { return S3Failure(404, "NoSuchBucket"); });
  EXPECT_EQ(store_->Read({}, "0123").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Create({}, StoredRecord()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(store_->Replace({}, {.record = StoredRecord(), .version = "e"}, StoredRecord()).error().code,
            ErrorCode::kNotFound);
}

TEST_F(S3StoreTest, C5_ServerThatIsDownFailsAfterBoundedRetries) {
  Open([](auto&, int) { return S3Failure(503, "SlowDown"); });
  const auto outcome = store_->Create({}, StoredRecord());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kThrottled);
  EXPECT_EQ(transport_->sent().size(), 8u);
}

TEST_F(S3StoreTest, ServerThatNeverObeysIfMatchIsRefused) {
  Open([](auto& request, int) {
    return request.method == "PUT" ? S3Failure(412, "PreconditionFailed") : S3Answer(200, ToJson(StoredRecord()), "e0");
  });
  const auto outcome = store_->Replace({}, {.record = StoredRecord(), .version = "e0"}, StoredRecord("o2"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kInternal);
  EXPECT_THAT(outcome.error().message, HasSubstr("cannot keep locks"));
}

TEST_F(S3StoreTest, ObjectThatIsNoRecordIsRefused) {
  const Record good = StoredRecord();
  std::string forever = ToJson(good);
  forever.replace(forever.find("1767312000"), 10, "9223372036854775807");
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{\"id\":\"0123\"}"), ToJson(good).substr(0, 40), forever}) {
    Open([&](auto&, int) { return S3Answer(200, body, "e"); });
    const auto found = store_->Read({}, "0123");
    ASSERT_FALSE(found) << body;
    EXPECT_EQ(found.error().code, ErrorCode::kDataLoss);
  }
}

TEST(StoreAddress, NamesATableAPrefixOrNothing) {
  EXPECT_EQ(std::get<DynamoDbAddress>(*ParseStoreAddress("dynamodb://my.Jobs_1-x")).table, "my.Jobs_1-x");
  const std::string arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/jobs";
  EXPECT_EQ(std::get<DynamoDbAddress>(*ParseStoreAddress("dynamodb://" + arn)).table, arn);
  EXPECT_EQ(std::get<S3Address>(*ParseStoreAddress("s3://locks/jobs/")).prefix, "jobs/");
  EXPECT_EQ(std::get<S3Address>(*ParseStoreAddress("s3://locks")).prefix, "");
  EXPECT_TRUE(std::holds_alternative<NoStore>(*ParseStoreAddress("off")));
}

TEST(StoreAddress, RefusesEverythingElse) {
  for (const char* text : {"", "on", "jobs", "dynamodb://", "dynamodb://ab", "dynamodb://a/b/c", "dynamodb://arn:aws:x",
                           "s3://locks/jobs", "s3://LOCKS/", "s3:///x/", "DYNAMODB://jobs", "dynamodb://jo bs"}) {
    EXPECT_FALSE(ParseStoreAddress(text)) << text;
  }
}

}  // namespace
}  // namespace signpost::idempotency
