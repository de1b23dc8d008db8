#include "aws/container_provider.h"

#include "aws/provider_fixture_test.h"

namespace signpost::aws {
namespace {

using signpost::testing::ServerReply;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kAnswer[] = R"({"AccessKeyId":"AK","SecretAccessKey":"HIDDEN-SK","Token":"HIDDEN-ST",)"
                           R"("Expiration":"2026-01-01T06:00:00Z","RoleArn":"arn:aws:iam::1:role/r"})";

class ContainerTest : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    Set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/x?y=1");
  }
};

TEST_F(ContainerTest, AnswersAtTheRelativeUri) {
  Serve({Reply(kAnswer)});
  const auto credentials = Fetch();
  ASSERT_EQ(KeyOf(credentials), "AK");
  EXPECT_EQ(credentials->secret_access_key.Reveal(), "HIDDEN-SK");
  EXPECT_EQ(credentials->session_token.Reveal(), "HIDDEN-ST");
  EXPECT_EQ(credentials->expires_at, std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::hours(6));
  EXPECT_EQ(server_->requests().at(0).method, "GET");
  EXPECT_EQ(server_->requests().at(0).target, "/v2/credentials/x?y=1");
  EXPECT_FALSE(server_->requests().at(0).headers.Find("authorization"));
}

TEST_F(ContainerTest, AnswersAtTheFullUriWithTheTokenOfTheEnvironment) {
  environment_.variables.erase("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  Serve({Reply(kAnswer)});
  Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server_->url() + "/full");
  Set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic HIDDEN");
  EXPECT_EQ(KeyOf(), "AK");
  EXPECT_EQ(server_->requests().at(0).target, "/full");
  EXPECT_EQ(server_->requests().at(0).headers.Find("authorization"), "Basic HIDDEN");
}

TEST_F(ContainerTest, ReadsTheTokenFileAnewForEachFetchOfOneProvider) {
  Serve({Reply(kAnswer)});
  Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Write("token", "HIDDEN-1\n"));
  auto provider = Chain();
  ASSERT_TRUE(provider) << provider.error().ToString();
  EXPECT_EQ(KeyOf((*provider)->Fetch({})), "AK");
  Write("token", "HIDDEN-2");
  EXPECT_EQ(KeyOf((*provider)->Fetch({})), "AK");
  EXPECT_EQ(server_->requests().at(0).headers.Find("authorization"), "HIDDEN-1");
  EXPECT_EQ(server_->requests().at(1).headers.Find("authorization"), "HIDDEN-2");
  std::filesystem::remove(home_ / "token");
  EXPECT_THAT(KeyOf((*provider)->Fetch({})), HasSubstr("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
  EXPECT_EQ(server_->request_count(), 2);
}

TEST_F(ContainerTest, RefusesATokenThatWouldAddAHeader) {
  Serve({Reply(kAnswer)});
  Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Write("token", "HIDDEN\r\nX-Other: 1\n"));
  EXPECT_THAT(KeyOf(), StartsWith("invalid_argument"));
  EXPECT_EQ(server_->request_count(), 0);
}

TEST_F(ContainerTest, IsAskedAgainAfterAFailureOrACutAnswer) {
  ServerReply cut = Reply(kAnswer);
  cut.cut_after = 100;
  ServerReply reset = Reply(kAnswer);
  reset.cut_after = 0;
  reset.reset = true;
  for (const ServerReply& bad : {Reply("", 500), Reply("slow down", 429), cut, reset}) {
    Serve({bad, Reply(kAnswer)});
    EXPECT_EQ(KeyOf(), "AK");
    EXPECT_EQ(server_->request_count(), 2);
  }
}

TEST_F(ContainerTest, IsUnavailableWhenItFailsTimeAndAgain) {
  Serve({Reply("", 500)});
  EXPECT_THAT(KeyOf(), StartsWith("unavailable: the container endpoint"));
  EXPECT_EQ(server_->request_count(), 3);
  ServerReply cut = Reply(kAnswer);
  cut.cut_after = 100;
  Serve({cut});
  EXPECT_THAT(KeyOf(), StartsWith("unavailable: the container endpoint"));
  EXPECT_EQ(server_->request_count(), 3);
}

TEST_F(ContainerTest, IsNotAskedAgainAfterARefusal) {
  Serve({Reply(R"({"code":"AccessDenied","message":"not for you"})", 403)});
  EXPECT_THAT(KeyOf(), HasSubstr("not for you"));
  EXPECT_EQ(server_->request_count(), 1);
}

TEST_F(ContainerTest, IsUnauthenticatedWithoutShowingAnAnswerThatIsNone) {
  for (const std::string answer : {R"({"AccessKeyId":"AK")", R"([{"SecretAccessKey":"HIDDEN"}])", "HIDDEN", "",
                                   R"({"AccessKeyId":1,"SecretAccessKey":"HIDDEN"})",
                                   R"({"AccessKeyId":"AK","SecretAccessKey":"HIDDEN","Expiration":"HIDDEN"})"}) {
    Serve({Reply(answer)});
    EXPECT_THAT(KeyOf(), StartsWith("unauthenticated: the container endpoint")) << answer;
  }
}

}  // namespace
}  // namespace signpost::aws
