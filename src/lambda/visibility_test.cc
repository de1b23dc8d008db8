#include "lambda/visibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

/// Passes requests on to a transport that outlives it.
class Forwarding final : public http::Transport {
 public:
  explicit Forwarding(http::Transport* to) : to_(to) {}
  Status Send(const CallContext& context, const http::Request& request, http::Response* response) override {
    return to_->Send(context, request, response);
  }

 private:
  http::Transport* const to_;
};

class VisibilityTest : public ::testing::Test {
 protected:
  Status Postpone(const std::string& arn, milliseconds duration, const std::string& receipt = "receipt") {
    SqsVisibility visibility(
        {.environment = &environment_,
         .settings = &settings_,
         .make_transport = [this](const auto&) { return std::make_unique<Forwarding>(&transport_); },
         .clock = &clock_,
         .sleeper = &sleeper_,
         .random = &random_});
    return visibility.Postpone({}, arn, receipt, duration);
  }

  aws::Environment environment_{
      .variables = {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_REGION", "us-east-1"}}};
  FunctionSettings settings_ = ReadSettings(environment_).value();
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  testing::ScriptedTransport transport_{
      [](const http::Request&, int) { return http::Response{.status = 200, .headers = {}, .body = "{}"}; }};
};

constexpr char kArn[] = "arn:aws:sqs:eu-central-1:123456789012:jobs.fifo";

TEST_F(VisibilityTest, AsksTheQueuesOwnRegion) {
  ASSERT_TRUE(Postpone(kArn, milliseconds(41'001)));
  const auto sent = transport_.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].request.url, "https://sqs.eu-central-1.amazonaws.com");
  EXPECT_EQ(sent[0].request.headers.Find("x-amz-target"), "AmazonSQS.ChangeMessageVisibility");
  EXPECT_THAT(std::string(*sent[0].request.headers.Find("authorization")), HasSubstr("/eu-central-1/sqs/aws4_request"));
  EXPECT_EQ(json::parse(sent[0].body),
            json({{"QueueUrl", "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs.fifo"},
                  {"ReceiptHandle", "receipt"},
                  {"VisibilityTimeout", 42}}));
}

TEST_F(VisibilityTest, AsksTheEndpointThatTheEnvironmentNames) {
  settings_.aws.sqs_endpoint_url = "http://127.0.0.1:4566/";
  ASSERT_TRUE(Postpone(kArn, seconds(1)));
  EXPECT_EQ(transport_.sent()[0].request.url, "http://127.0.0.1:4566");
  EXPECT_EQ(json::parse(transport_.sent()[0].body)["QueueUrl"], "http://127.0.0.1:4566/123456789012/jobs.fifo");
}

TEST_F(VisibilityTest, KeepsToWhatSqsTakes) {
  ASSERT_TRUE(Postpone(kArn, hours(24)));
  ASSERT_TRUE(Postpone(kArn, milliseconds(0)));
  EXPECT_EQ(json::parse(transport_.sent()[0].body)["VisibilityTimeout"], 43'200);
  EXPECT_EQ(json::parse(transport_.sent()[1].body)["VisibilityTimeout"], 1);
}

TEST_F(VisibilityTest, SendsNothingWhenTheEventDoesNotTellTheQueue) {
  for (const char* arn : {"", "arn:aws:sqs:r:a", "arn:aws:sns:r:1:t", "arn:aws:sqs:r:1:q:x", "x:aws:sqs:r:1:q"}) {
    EXPECT_FALSE(Postpone(arn, seconds(1))) << arn;
  }
  EXPECT_FALSE(Postpone(kArn, seconds(1), ""));
  EXPECT_TRUE(transport_.sent().empty());
}

}  // namespace
}  // namespace signpost::lambda
