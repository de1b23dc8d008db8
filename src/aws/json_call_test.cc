#include "aws/json_call.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/static_provider.h"
#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::aws {
namespace {

using ::testing::HasSubstr;

class JsonCallTest : public ::testing::Test {
 protected:
  Result<std::string> Call(testing::ScriptedTransport* transport, const std::string& url) {
    const JsonService service{.name = "sqs",
                              .target = "AmazonSQS",
                              .url = url,
                              .region = {"eu-central-1"},
                              .transport = transport,
                              .retrier = &retrier_,
                              .credentials = &credentials_,
                              .clock = &clock_};
    return CallJson(service, {}, "changing a visibility", "ChangeMessageVisibility", R"({"VisibilityTimeout":1})");
  }

  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{http::RetryPolicy{}, &budget_, &clock_, &sleeper_, &random_};
  CredentialsCache credentials_{
      std::make_unique<StaticProvider>(Credentials{.access_key_id = "AKID",
                                                   .secret_access_key = SecretString("HIDDEN"),
                                                   .session_token = SecretString("TOKEN"),
                                                   .expires_at = std::nullopt},
                                       "the test"),
      &clock_};
};

TEST_F(JsonCallTest, NamesTheActionAndSignsForTheService) {
  testing::ScriptedTransport transport(
      [](const http::Request&, int) { return http::Response{.status = 200, .headers = {}, .body = "{}"}; });
  EXPECT_EQ(Call(&transport, "http://127.0.0.1:4566/base").value_or("failed"), "{}");
  const auto sent = transport.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].request.method, "POST");
  EXPECT_EQ(sent[0].request.url, "http://127.0.0.1:4566/base");
  EXPECT_EQ(sent[0].body, R"({"VisibilityTimeout":1})");
  EXPECT_EQ(sent[0].request.headers.Find("x-amz-target"), "AmazonSQS.ChangeMessageVisibility");
  EXPECT_EQ(sent[0].request.headers.Find("content-type"), "application/x-amz-json-1.0");
  EXPECT_EQ(sent[0].request.headers.Find("x-amz-security-token"), "TOKEN");
  EXPECT_THAT(std::string(sent[0].request.headers.Find("authorization").value_or("")),
              HasSubstr("/20260101/eu-central-1/sqs/aws4_request"));
}

TEST_F(JsonCallTest, RetriesWhatIsThrottledAndTellsTheServicesOwnCode) {
  testing::ScriptedTransport transport([](const http::Request&, int number) {
    http::Response throttled{.status = 400, .headers = {}, .body = R"({"__type":"com.amazon#ThrottlingException"})"};
    http::Response gone{
        .status = 400, .headers = {}, .body = R"({"__type":"x#ReceiptHandleIsInvalid","message":"no such receipt"})"};
    return number == 0 ? throttled : gone;
  });
  const auto answer = Call(&transport, "http://127.0.0.1:4566");
  ASSERT_FALSE(answer);
  EXPECT_EQ(transport.sent().size(), 2U);
  EXPECT_EQ(answer.error().service_code, "ReceiptHandleIsInvalid");
  EXPECT_THAT(answer.error().message, HasSubstr("changing a visibility"));
}

TEST_F(JsonCallTest, RefusesAnEndpointThatIsNoUrlBeforeAnyRequest) {
  testing::ScriptedTransport transport([](const http::Request&, int) { return http::Response{}; });
  EXPECT_EQ(Call(&transport, "sqs.local").error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(transport.sent().empty());
}

TEST(ServiceUrlTest, IsTheRegionalHostUnlessAnEndpointIsGiven) {
  EXPECT_EQ(ServiceUrl(std::nullopt, "sqs", {"eu-central-1"}), "https://sqs.eu-central-1.amazonaws.com");
  EXPECT_EQ(ServiceUrl(std::nullopt, "sqs", {"cn-north-1"}), "https://sqs.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(ServiceUrl("http://127.0.0.1:1", "sqs", {"eu-central-1"}), "http://127.0.0.1:1");
}

}  // namespace
}  // namespace signpost::aws
