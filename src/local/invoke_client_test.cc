#include "local/invoke_client.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/static_provider.h"
#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::local {
namespace {

using ::testing::HasSubstr;

class InvokeClient : public ::testing::Test {
 protected:
  Result<InvokeAnswer> Invoke(bool is_signed = true) {
    return InvokeFunction({.url = "https://lambda.eu-west-1.amazonaws.com",
                           .function_name = name_,
                           .region = {"eu-west-1"},
                           .credentials = is_signed ? &credentials_ : nullptr,
                           .transport = &transport_,
                           .clock = &clock_},
                          {}, R"({"a":1})");
  }
  std::string Header(const char* name) {
    return std::string(transport_.sent().at(0).request.headers.Find(name).value_or("(absent)"));
  }

  std::string name_ = "jobs";
  http::Response answer_{.status = 200, .headers = {}, .body = "{}"};
  testing::FakeClock clock_;
  aws::CredentialsCache credentials_{
      std::make_unique<aws::StaticProvider>(
          Credentials{.access_key_id = "AKIA", .secret_access_key = SecretString("secret")}, "the test"),
      &clock_};
  testing::ScriptedTransport transport_{
      [this](const http::Request&, int) -> Result<http::Response> { return answer_; }};
};

TEST_F(InvokeClient, AsksForTheAnswerAndTheLogInOneSignedCall) {
  ASSERT_TRUE(Invoke());
  const auto sent = transport_.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].request.url, "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/jobs/invocations");
  EXPECT_EQ(sent[0].body, R"({"a":1})");
  EXPECT_EQ(Header("X-Amz-Log-Type"), "Tail");
  EXPECT_EQ(Header("X-Amz-Invocation-Type"), "RequestResponse");
  EXPECT_THAT(Header("Authorization"), HasSubstr("/eu-west-1/lambda/aws4_request"));
  EXPECT_THAT(Header("Authorization"), HasSubstr("x-amz-log-type"));
}

TEST_F(InvokeClient, WaitsAsLongAsAFunctionMayRun) {
  ASSERT_TRUE(Invoke());
  EXPECT_GE(transport_.sent()[0].request.idle_timeout, std::chrono::minutes(15));
  EXPECT_EQ(transport_.sent()[0].request.min_bytes_per_second, 0);
}

TEST_F(InvokeClient, ArnIsEncodedInThePath) {
  name_ = "arn:aws:lambda:eu-west-1:1:function:jobs";
  ASSERT_TRUE(Invoke());
  EXPECT_THAT(transport_.sent()[0].request.url, HasSubstr("/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Ajobs/"));
}

TEST_F(InvokeClient, FunctionErrorAndLogAreReadFromTheHeaders) {
  answer_.headers.Add("X-Amz-Function-Error", "Unhandled");
  answer_.headers.Add("X-Amz-Log-Result", "aGVsbG8gbG9nCg==");
  const auto answer = Invoke();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->function_error, "Unhandled");
  EXPECT_EQ(answer->log_tail, "hello log\n");
}

TEST_F(InvokeClient, LogOfEveryLengthIsDecoded) {
  // RFC 4648 section 10.
  const std::pair<const char*, const char*> cases[] = {{"", ""},
                                                       {"Zg==", "f"},
                                                       {"Zm8=", "fo"},
                                                       {"Zm9v", "foo"},
                                                       {"Zm9vYg==", "foob"},
                                                       {"Zm9vYmE=", "fooba"},
                                                       {"+/8=", "\xfb\xff"},
                                                       {"not base64!", ""}};
  for (const auto& [encoded, decoded] : cases) {
    answer_.headers.clear();
    answer_.headers.Add("X-Amz-Log-Result", encoded);
    EXPECT_EQ(Invoke()->log_tail, decoded) << encoded;
  }
}

TEST_F(InvokeClient, ErrorObjectOfTheAccountsFunctionIsAnAnswerUnlessMarked) {
  answer_.body = R"({"errorType":"X","errorMessage":"y"})";
  EXPECT_FALSE(Invoke()->function_error);
}

TEST_F(InvokeClient, OfficialEmulatorsErrorsAreRecognised) {
  for (const char* body : {R"({"errorType":"X","errorMessage":"y"})", "Task timed out after 3.00 seconds"}) {
    answer_.body = body;
    EXPECT_TRUE(Invoke(/*is_signed=*/false)->function_error) << body;
  }
  answer_.status = 502;
  answer_.body.clear();
  EXPECT_TRUE(Invoke(false)->function_error);
  EXPECT_EQ(Header("Authorization"), "(absent)");
}

TEST_F(InvokeClient, OwnEmulatorsAnswersAreTakenAtTheirHeaders) {
  answer_.body = R"({"errorType":"X","errorMessage":"y"})";
  answer_.headers.Add("X-Amz-Executed-Version", "$LATEST");
  EXPECT_FALSE(Invoke(false)->function_error);
}

TEST_F(InvokeClient, RefusalOfTheServiceIsAnErrorAndNotTriedAgain) {
  answer_.status = 429;
  answer_.body = R"({"message":"Rate Exceeded."})";
  answer_.headers.Add("x-amzn-ErrorType", "TooManyRequestsException");
  const auto answer = Invoke();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kThrottled);
  EXPECT_EQ(answer.error().service_code, "TooManyRequestsException");
  EXPECT_EQ(transport_.sent().size(), 1U);
}

}  // namespace
}  // namespace signpost::local
