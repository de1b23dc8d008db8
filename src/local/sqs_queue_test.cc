#include "local/sqs_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/static_provider.h"
#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::local {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kUrl[] = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs";
constexpr char kMessage[] =
    R"({"Messages":[{"MessageId":"m1","ReceiptHandle":"h1","Body":"b\"\u00e9","MD5OfBody":"5","Attributes":)"
    R"({"ApproximateReceiveCount":"2"},"MessageAttributes":{"c":{"DataType":"String","StringValue":"blue"},)"
    R"("d":{"DataType":"Binary","BinaryValue":"AAE="}}}]})";

class SqsQueueTest : public ::testing::Test {
 protected:
  nlohmann::json Sent(int n) { return nlohmann::json::parse(transport_.sent().at(n).body); }
  std::string Header(int n, const char* name) {
    return std::string(transport_.sent().at(n).request.headers.Find(name).value_or(""));
  }

  std::vector<std::string> answers_;
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{{}, &budget_, &clock_, &sleeper_, &random_};
  aws::CredentialsCache credentials_{
      std::make_unique<aws::StaticProvider>(
          Credentials{.access_key_id = "AKIA", .secret_access_key = SecretString("secret")}, "the test"),
      &clock_};
  testing::ScriptedTransport transport_{[this](const http::Request&, int n) -> Result<http::Response> {
    return http::Response{.status = 200, .headers = {}, .body = answers_.at(n)};
  }};
  RemoteSqsQueue queue_{{.name = "sqs",
                         .target = "AmazonSQS",
                         .url = "https://sqs.eu-west-1.amazonaws.com",
                         .region = {"eu-west-1"},
                         .transport = &transport_,
                         .retrier = &retrier_,
                         .credentials = &credentials_,
                         .clock = &clock_},
                        kUrl};
};

TEST_F(SqsQueueTest, CallsAreSignedForTheService) {
  answers_ = {R"({"Attributes":{"QueueArn":"arn","VisibilityTimeout":"45"}})"};
  const auto facts = queue_.Describe({});
  ASSERT_TRUE(facts) << facts.error().ToString();
  EXPECT_EQ(facts->visibility_timeout, std::chrono::seconds(45));
  EXPECT_EQ(Header(0, "x-amz-target"), "AmazonSQS.GetQueueAttributes");
  EXPECT_THAT(Header(0, "Authorization"), HasSubstr("/eu-west-1/sqs/aws4_request"));
  EXPECT_EQ(Sent(0)["QueueUrl"], kUrl);
}

TEST_F(SqsQueueTest, MessageBecomesARecordOfAnEvent) {
  answers_ = {R"({"Attributes":{"QueueArn":"arn:q","VisibilityTimeout":"45"}})", kMessage};
  ASSERT_TRUE(queue_.Describe({}));
  const auto messages = queue_.Receive({}, 7, std::chrono::seconds(3));
  ASSERT_TRUE(messages);
  ASSERT_EQ(messages->size(), 1U);
  EXPECT_EQ(messages->front().receipt_handle, "h1");
  EXPECT_EQ(Sent(1)["MaxNumberOfMessages"], 7);
  EXPECT_EQ(Sent(1)["WaitTimeSeconds"], 3);
  const auto expected = nlohmann::json::parse(
      R"({"messageId":"m1","receiptHandle":"h1","body":"b\"\u00e9","md5OfBody":"5","awsRegion":"eu-west-1",)"
      R"("eventSource":"aws:sqs","eventSourceARN":"arn:q","attributes":{"ApproximateReceiveCount":"2"},)"
      R"("messageAttributes":{"c":{"dataType":"String","stringValue":"blue","stringListValues":[],)"
      R"("binaryListValues":[]},"d":{"dataType":"Binary","binaryValue":"AAE=","stringListValues":[],)"
      R"("binaryListValues":[]}}})");
  EXPECT_EQ(nlohmann::json::parse(messages->front().record), expected);
}

TEST_F(SqsQueueTest, NoMessageInAnyFormIsAnEmptyList) {
  answers_ = {"{}", R"({"Messages":[]})", R"({"Messages":null})", ""};
  for (std::size_t n = 0; n < answers_.size(); ++n) {
    const auto messages = queue_.Receive({}, 1, std::chrono::seconds(0));
    ASSERT_TRUE(messages) << n;
    EXPECT_TRUE(messages->empty()) << n;
  }
}

TEST_F(SqsQueueTest, DeletesGoTenAtATime) {
  answers_ = {"{}", "{}", "{}"};
  std::vector<std::string> handles;
  for (int n = 0; n < 21; ++n) handles.push_back("h" + std::to_string(n));
  ASSERT_TRUE(queue_.Delete({}, handles));
  EXPECT_EQ(Sent(0)["Entries"].size(), 10U);
  EXPECT_EQ(Sent(2)["Entries"].size(), 1U);
  EXPECT_EQ(Sent(2)["Entries"][0]["ReceiptHandle"], "h20");
}

TEST_F(SqsQueueTest, DeleteThatFailsInPartIsAnError) {
  answers_ = {R"({"Failed":[{"Id":"0","Code":"ReceiptHandleIsInvalid"}]})"};
  const std::vector<std::string> handles{"h1"};
  const Status deleted = queue_.Delete({}, handles);
  ASSERT_FALSE(deleted);
  EXPECT_THAT(deleted.error().message, HasSubstr("ReceiptHandleIsInvalid"));
}

TEST_F(SqsQueueTest, AnswerWithoutTheVisibilityTimeoutIsAnError) {
  for (const char* answer : {"{}", "", "[]", R"({"Attributes":{"VisibilityTimeout":30}})",
                             R"({"Attributes":{"VisibilityTimeout":"soon"}})"}) {
    answers_.assign(transport_.sent().size() + 8, answer);
    EXPECT_FALSE(queue_.Describe({})) << answer;
  }
}

TEST(EndpointOfQueue, IsTheUrlsOriginAndItsRegion) {
  const auto real = EndpointOfQueue(kUrl, {"us-east-1"});
  ASSERT_TRUE(real);
  EXPECT_EQ(real->url, "https://sqs.eu-west-1.amazonaws.com");
  EXPECT_EQ(real->region.name, "eu-west-1");
  const auto china = EndpointOfQueue("https://sqs.cn-north-1.amazonaws.com.cn/1/q", {"us-east-1"});
  ASSERT_TRUE(china);
  EXPECT_EQ(china->region.name, "cn-north-1");
  const auto local = EndpointOfQueue("http://127.0.0.1:4566/000000000000/q", {"us-west-2"});
  ASSERT_TRUE(local);
  EXPECT_EQ(local->url, "http://127.0.0.1:4566");
  EXPECT_EQ(local->region.name, "us-west-2");
}

TEST(EndpointOfQueue, WhatIsNoQueueUrlIsRefused) {
  for (const char* url : {"", "jobs", "http://127.0.0.1:4566", "http://127.0.0.1:4566/", "ftp://x/1/q",
                          "https://user@host/1/q", "arn:aws:sqs:eu-west-1:1:q"}) {
    EXPECT_FALSE(EndpointOfQueue(url, {"us-east-1"})) << url;
  }
}

}  // namespace
}  // namespace signpost::local
