#include <algorithm>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lambda/function_fixture_test.h"
#include "testing/loopback_server.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(RunFunctionTest, AnswersAJobWithTheResultAndTheManifestIsThere) {
  ServeS3(Keys(2500));
  const auto answers = Invoke({Job()});
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_EQ(answers[0].kind, "response") << answers[0].body;
  const json result = json::parse(answers[0].body);
  EXPECT_EQ(result["count"], 2500);
  EXPECT_EQ(result["bucket"], "data");
  EXPECT_TRUE(std::string(result["key"]).starts_with("manifests/"));
  EXPECT_EQ(result["expires_at_is_upper_bound"], true) << "the environment does not tell when its credentials end";
  EXPECT_EQ(result["replayed"], false);
  const auto rows = Rows(result);
  ASSERT_EQ(rows.size(), 2500U);
  EXPECT_THAT(std::string(rows[0]["url"]), HasSubstr("X-Amz-Security-Token=" + std::string(kToken)));
}

TEST_F(RunFunctionTest, RegistersForSigtermBeforeItAsksForAnEvent) {
  ServeS3(Keys(1));
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, Job().dump())});
  EXPECT_EQ(Run(&api), 0);
  const auto requests = api.server().requests();
  ASSERT_GE(requests.size(), 2U);
  EXPECT_EQ(requests[0].path, "/2020-01-01/extension/register");
  EXPECT_EQ(requests[0].body, R"({"events":[]})");
  EXPECT_TRUE(requests[0].headers.Find("Lambda-Extension-Name"));
  const auto waits = std::ranges::find(requests, "/2020-01-01/extension/event/next", &testing::ServerRequest::path);
  ASSERT_NE(waits, requests.end());
  EXPECT_EQ(waits->headers.Find("Lambda-Extension-Identifier"), "extension-1");
}

TEST_F(RunFunctionTest, TellsAWrongConfigurationAndEnds) {
  environment_["SIGNPOST_ALLOW"] = "everything";
  environment_["AWS_LAMBDA_MAX_CONCURRENCY"] = "4";
  ScriptedRuntimeApi api({});
  EXPECT_EQ(Run(&api), 1);
  ASSERT_EQ(api.answers().size(), 1U);
  EXPECT_EQ(api.answers()[0].kind, "init/error");
  EXPECT_EQ(api.answers()[0].error_type, "Runtime.InitError");
  EXPECT_THAT(api.answers()[0].body, HasSubstr("SIGNPOST_ALLOW"));
  EXPECT_THAT(api.answers()[0].body, HasSubstr("AWS_LAMBDA_MAX_CONCURRENCY"));
  EXPECT_EQ(api.waits(), 0);
}

TEST_F(RunFunctionTest, AnswersABatchWithThoseThatFailed) {
  ServeS3(Keys(10));
  const auto record = [](const char* id, const std::string& body) {
    return json{{"messageId", id}, {"receiptHandle", "r"}, {"body", body}, {"eventSource", "aws:sqs"}};
  };
  const auto answers = Invoke(
      {{{"Records", {record("m1", Job().dump()), record("m2", "poison"), record("m3", R"({"bucket":"other"})")}}}});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].kind, "response");
  EXPECT_EQ(json::parse(answers[0].body),
            json::parse(R"({"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]})"));
  EXPECT_EQ(s3_->store()->Keys().size(), 1U);
}

TEST_F(RunFunctionTest, TheSdksTraceGoesToS3) {
  testing::LoopbackServer s3([](const testing::ServerRequest& request) {
    testing::ServerReply reply;
    reply.body = request.method == "PUT" ? ""
                                         : "<ListBucketResult><Name>data</Name><Prefix></Prefix><KeyCount>0</KeyCount>"
                                           "<MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>"
                                           "<IsTruncated>false</IsTruncated></ListBucketResult>";
    reply.headers = {{"ETag", "\"e\""}};
    return reply;
  });
  environment_["AWS_ENDPOINT_URL"] = s3.url();
  const auto answers = Invoke({Job()});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].kind, "response") << answers[0].body;
  const auto requests = s3.requests();
  ASSERT_GE(requests.size(), 2U);
  for (const auto& request : requests) {
    EXPECT_EQ(request.headers.Find("X-Amzn-Trace-Id"), "Root=1-trace;Sampled=1");
    EXPECT_THAT(std::string(request.headers.Find("Authorization").value_or("")), Not(HasSubstr("x-amzn-trace-id")));
  }
}

}  // namespace
}  // namespace signpost::lambda
