#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/time_format.h"
#include "lambda/function_fixture_test.h"
#include "testing/loopback_server.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;
using std::chrono::seconds;
using ::testing::HasSubstr;

/// STS on loopback, for one role.
class SignerTest : public RunFunctionTest {
 protected:
  void SetUp() override {
    RunFunctionTest::SetUp();
    environment_["SIGNPOST_SIGNER_ROLE_ARN"] = "arn:aws:iam::123456789012:role/signer";
    ServeS3(Keys(3));
    environment_["AWS_ENDPOINT_URL_STS"] = sts_.url();
  }

  seconds session_life_{900};
  testing::LoopbackServer sts_{[this](const testing::ServerRequest&) {
    testing::ServerReply reply;
    const auto end = std::chrono::floor<seconds>(clock_.Now()) + session_life_;
    reply.body =
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASIGNER</AccessKeyId>"
        "<SecretAccessKey>PLANTED-SIGNER</SecretAccessKey><SessionToken>PLANTED-SESSION</SessionToken>"
        "<Expiration>" +
        FormatRfc3339(end) + "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    return reply;
  }};
};

TEST_F(SignerTest, N18_SignsAllRowsWithOneSessionAndTellsItsTrueEnd) {
  const auto answers = Invoke({Job({{"expires_in", 600}})});
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_EQ(answers[0].kind, "response") << answers[0].body;
  const json result = json::parse(answers[0].body);
  EXPECT_EQ(result["expires_at_is_upper_bound"], false);
  for (const json& row : Rows(result)) EXPECT_THAT(std::string(row["url"]), HasSubstr("X-Amz-Credential=ASIASIGNER"));
  EXPECT_THAT(std::string(result["manifest_url"]), HasSubstr("X-Amz-Credential=ASIASIGNER"));
  ASSERT_EQ(sts_.request_count(), 1);
  EXPECT_THAT(sts_.requests()[0].body, HasSubstr("DurationSeconds=900"));
}

TEST_F(SignerTest, N18_TellsTheSessionsEndWhenItIsTheEarlier) {
  session_life_ = seconds(300);
  const auto answers = Invoke({Job({{"expires_in", 3000}, {"allow_short_lived", true}})});
  ASSERT_EQ(answers[0].kind, "response") << answers[0].body;
  const auto end = ParseRfc3339(std::string(json::parse(answers[0].body)["expires_at"]));
  ASSERT_TRUE(end);
  EXPECT_LE(*end - clock_.Now(), seconds(300));
  EXPECT_THAT(sts_.requests()[0].body, HasSubstr("DurationSeconds=3060"));
}

TEST_F(SignerTest, AChainedSessionOfMoreThanAnHourIsRefusedBeforeAnyRequest) {
  const auto answers = Invoke({Job({{"expires_in", 3541}})});
  EXPECT_EQ(answers[0].error_type, "Function.InvalidRequest");
  EXPECT_THAT(answers[0].body, HasSubstr("3540"));
  EXPECT_EQ(sts_.request_count(), 0);
  EXPECT_EQ(s3_->requests(), 0);
}

TEST_F(SignerTest, EveryJobHasASessionOfItsOwn) {
  Invoke({Job(), Job()});
  EXPECT_EQ(sts_.request_count(), 2);
}

}  // namespace
}  // namespace signpost::lambda
