#include <algorithm>

#include <gmock/gmock.h>

#include "signpost/presigner.h"

#include "aws/static_provider.h"
#include "contract_world.h"
#include "s3/get_object.h"
#include "s3/put_object.h"

namespace signpost::s3 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(S3Contract, GivesBackWhatWasWritten) {
  const std::string key = Key("object");
  const auto put = PutObject(client(), {}, bucket(), key, "0123456789",
                             {.content_type = "text/csv", .metadata = {{"signpost-attempt", "a1"}}});
  ExpectOk(put);
  const auto head = HeadObject(client(), {}, bucket(), key);
  ASSERT_TRUE(head) << head.error().ToString();
  EXPECT_EQ(head->size, 10u);
  EXPECT_EQ(head->content_type, "text/csv");
  EXPECT_EQ(head->etag, *put);
  EXPECT_EQ(head->metadata.at("signpost-attempt"), "a1");
  const auto middle = GetObjectRange(client(), {}, bucket(), key, {.first = 3, .length = 4}, head->etag);
  ASSERT_TRUE(middle) << middle.error().ToString();
  EXPECT_EQ(*middle, "3456");
  const auto end = GetObjectRange(client(), {}, bucket(), key, {.first = 8, .length = 100});
  ASSERT_TRUE(end) << end.error().ToString();
  EXPECT_EQ(*end, "89");
}

TEST_F(S3Contract, SaysThatAnObjectOrBucketIsNotThere) {
  const auto object = HeadObject(client(), {}, bucket(), Key("none"));
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, ErrorCode::kNotFound) << object.error().ToString();
  const auto put = PutObject(client(), {}, *Bucket::Parse("no-such-bucket-here"), "k", "x", {});
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().service_code, "NoSuchBucket") << put.error().ToString();
}

TEST_F(S3Contract, RefusesARangeOfAnObjectThatChanged) {
  Put(Key("k"), "one");
  const auto range =
      GetObjectRange(client(), {}, bucket(), Key("k"), {.first = 0, .length = 3}, "00000000000000000000000000000000");
  ASSERT_FALSE(range);
  EXPECT_EQ(range.error().code, ErrorCode::kConflict) << range.error().ToString();
}

TEST_F(S3Contract, N10_WritesOnlyWhereTheConditionHolds) {
  const WriteCondition absent{.if_none_match = true};
  ExpectOk(PutObject(client(), {}, bucket(), Key("k"), "first", {}, absent));
  const auto second = PutObject(client(), {}, bucket(), Key("k"), "second", {}, absent);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConflict) << second.error().ToString();
  const auto body = GetObjectRange(client(), {}, bucket(), Key("k"), {.first = 0, .length = 10});
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, "first");
}

TEST_F(S3Contract, ListsEveryKeyOnceInByteOrderWhateverThePageSize) {
  const std::vector<std::string> keys = {Key("a"), Key("a b"),      Key("a/x"),
                                         Key("b"), Key("\xc3\xa9"), Key("\xf0\x9f\x98\x80")};
  for (const std::string& key : keys) Put(key, "x");
  for (const int max_keys : {1, 2, 3, 1000}) EXPECT_EQ(Listed(Key(""), max_keys), keys) << max_keys;
  EXPECT_THAT(Listed(Key("a/"), 2), ElementsAre(Key("a/x")));
  EXPECT_THAT(Listed(Key(""), 2, Key("b")), ElementsAre(Key("\xc3\xa9"), Key("\xf0\x9f\x98\x80")));
  EXPECT_THAT(Listed(Key("none"), 2), IsEmpty());
}

TEST_F(S3Contract, I2_HostileKeysRoundTripThroughListingAndGet) {
  std::vector<std::string> keys;
  for (const std::string& name : HostileKeys()) {
    keys.push_back(Key(name));
    Put(keys.back(), "body of " + name);
  }
  std::ranges::sort(keys);
  EXPECT_EQ(Listed(Key(""), 7), keys);
  for (const std::string& name : HostileKeys()) {
    const auto body = GetObjectRange(client(), {}, bucket(), Key(name), {.first = 0, .length = 2000});
    ASSERT_TRUE(body) << name << ": " << body.error().ToString();
    EXPECT_EQ(*body, "body of " + name);
  }
}

TEST_F(S3Contract, ServesPresignedUrlsAndRefusesChangedOnes) {
  const auto endpoint = client().EndpointOf(bucket());
  ASSERT_TRUE(endpoint);
  const auto presigner = Presigner::Create(
      credentials(), *endpoint,
      {.region = {"us-east-1"}, .time = std::chrono::floor<std::chrono::seconds>(client().clock().Now())});
  ASSERT_TRUE(presigner);
  for (const std::string& name : HostileKeys()) {
    Put(Key(name), "body of " + name);
    http::Request request{.url = presigner->GetUrl(Key(name))};
    http::Response response;
    ExpectOk(transport().Send({}, request, &response));
    EXPECT_EQ(response.status, 200) << name << "\n" << response.body;
    EXPECT_EQ(response.body, "body of " + name);
    request.url.back() = request.url.back() == '0' ? '1' : '0';  // The signature comes last.
    ExpectOk(transport().Send({}, request, &response));
    EXPECT_EQ(response.status, 403) << name;
  }
}

TEST_F(S3Contract, RefusesABodyThatDoesNotHaveTheChecksumSent) {
  http::Response response;
  Operation operation{.what = "writing", .method = "PUT", .bucket = bucket(), .key = Key("k"), .body = "body"};
  operation.headers = {{"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="}};
  const Status sent = client().Send({}, operation, &response);
  EXPECT_EQ(!sent, Differences().verifies_crc64nvme) << (sent ? "accepted" : sent.error().ToString());
}

TEST_F(S3Contract, RefusesAWrongSecret) {
  SystemClock clock;
  aws::CredentialsCache wrong(
      std::make_unique<aws::StaticProvider>(
          Credentials{credentials().access_key_id, SecretString("wrong"), {}, std::nullopt}, "the test"),
      &clock);
  SystemSleeper sleeper;
  testing::SeededRandom random(1);
  http::RetryBudget budget;
  http::Retrier retrier({}, &budget, &clock, &sleeper, &random);
  aws::SkewedClock skewed(&clock);
  Client stranger(client().options(), &transport(), &wrong, &retrier, &skewed);
  const auto put = PutObject(stranger, {}, bucket(), Key("k"), "x", {});
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().service_code, "SignatureDoesNotMatch") << put.error().ToString();
}

}  // namespace
}  // namespace signpost::s3
