#include "aws/default_chain.h"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/chain_fixture_test.h"
#include "testing/scripted_transport.h"

namespace signpost::aws {
namespace {

using signpost::testing::ScriptedTransport;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kContainerAnswer[] =
    R"({"AccessKeyId":"AK","SecretAccessKey":"SK","Token":"ST","Expiration":"2026-01-01T06:00:00Z"})";
constexpr char kStsAnswer[] =
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ROLE</AccessKeyId><SecretAccessKey>SK"
    "</SecretAccessKey><SessionToken>ST</SessionToken><Expiration>2026-01-01T06:00:00Z</Expiration></Credentials>"
    "</AssumeRoleResult></AssumeRoleResponse>";

/// A chain whose answers come from a script.
class DefaultChainTest : public ChainTest {
 protected:
  DefaultChainTest() { Answer(500, ""); }

  http::Transport* transport() override { return &*transport_; }

  void Script(ScriptedTransport::Script script) { transport_.emplace(std::move(script)); }
  void Answer(int status, std::string body) {
    Script([status, body](const http::Request&, int) { return http::Response{.status = status, .body = body}; });
  }

  std::optional<ScriptedTransport> transport_;
};

TEST_F(DefaultChainTest, PrefersEnvironmentKeysToTheProfileUnlessItIsChosen) {
  Write(".aws/credentials", "[default]\naws_access_key_id=PROFILE\naws_secret_access_key=s\n");
  EXPECT_EQ(KeyOf(), "PROFILE");
  Set("AWS_ACCESS_KEY_ID", "ENV");
  Set("AWS_SECRET_ACCESS_KEY", "s");
  EXPECT_EQ(KeyOf(), "ENV");
  EXPECT_EQ(KeyOf({.profile = "default"}), "PROFILE");
  EXPECT_TRUE(transport_->sent().empty());
}

TEST_F(DefaultChainTest, RefusesHalfAPairOfKeys) {
  Set("AWS_ACCESS_KEY_ID", "ENV");
  EXPECT_THAT(KeyOf(), HasSubstr("AWS_SECRET_ACCESS_KEY"));
  environment_.variables.erase("AWS_ACCESS_KEY_ID");
  Write(".aws/credentials", "[default]\naws_access_key_id=PROFILE\n");
  EXPECT_THAT(KeyOf(), HasSubstr("aws_secret_access_key is missing"));
}

TEST_F(DefaultChainTest, NamesWhatWasTriedWhenThereIsNothing) {
  Set("AWS_EC2_METADATA_DISABLED", "true");
  const auto nothing = Fetch();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kUnauthenticated);
  for (const std::string source : {"environment", "profile 'default'", "web identity", "container", "metadata"}) {
    EXPECT_THAT(nothing.error().message, HasSubstr(source));
  }
  EXPECT_TRUE(transport_->sent().empty());
}

TEST_F(DefaultChainTest, AsksTheContainerWithTheTokenFileAsItIsNow) {
  Set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x");
  Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Write("token", "first\n"));
  Answer(200, kContainerAnswer);
  const auto credentials = Fetch();
  ASSERT_TRUE(credentials) << credentials.error().ToString();
  EXPECT_EQ(credentials->session_token.Reveal(), "ST");
  ASSERT_TRUE(credentials->expires_at);
  Write("token", "second");
  EXPECT_TRUE(Fetch());
  EXPECT_EQ(transport_->sent()[0].request.url, "http://169.254.170.2/v2/x");
  EXPECT_EQ(transport_->sent()[0].request.headers.Find("authorization"), "first");
  EXPECT_EQ(transport_->sent()[1].request.headers.Find("authorization"), "second");
}

TEST_F(DefaultChainTest, SendsNoContainerTokenToForeignHosts) {
  for (const std::string url : {"http://example.com/", "http://127.0.0.1@example.com/", "http://127.0.0.1.example.com/",
                                "ftp://127.0.0.1/", "http://10.0.0.1/"}) {
    Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    const auto refused = Fetch();
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(transport_->sent().empty());
  Answer(200, kContainerAnswer);
  for (const std::string url :
       {"https://example.com/", "http://127.0.0.1:1/", "http://[::1]/", "http://169.254.170.23/"}) {
    Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", url);
    EXPECT_EQ(KeyOf(), "AK") << url;
  }
}

TEST_F(DefaultChainTest, RetriesTheContainerAndThenSaysWhatItSaid) {
  Set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/");
  Script([](const http::Request&, int number) {
    return http::Response{.status = number < 2 ? 500 : 200, .body = number < 2 ? "" : kContainerAnswer};
  });
  EXPECT_EQ(KeyOf(), "AK");
  EXPECT_EQ(transport_->sent().size(), 3U);
  Answer(403, R"({"code":"Denied","message":"not you"})");
  EXPECT_THAT(KeyOf(), HasSubstr("not you"));
  EXPECT_EQ(transport_->sent().size(), 1U);
  for (const std::string garbage : {"", "{", "[]", R"({"AccessKeyId":"HIDDEN"})", "<html>HIDDEN"}) {
    Answer(200, garbage);
    const auto refused = Fetch();
    ASSERT_FALSE(refused) << garbage;
    EXPECT_THAT(refused.error().ToString(), Not(HasSubstr("HIDDEN")));
  }
}

TEST_F(DefaultChainTest, AsksTheInstanceInThreeStepsWithAToken) {
  const std::string answers[] = {"TOKEN", "my-role\n", kContainerAnswer};
  Script([&](const http::Request&, int number) { return http::Response{.status = 200, .body = answers[number]}; });
  EXPECT_EQ(KeyOf(), "AK");
  const auto sent = transport_->sent();
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[0].request.method, "PUT");
  EXPECT_EQ(sent[0].request.url, "http://169.254.169.254/latest/api/token");
  EXPECT_EQ(sent[2].request.url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
  EXPECT_EQ(sent[2].request.headers.Find("x-aws-ec2-metadata-token"), "TOKEN");
}

TEST_F(DefaultChainTest, GivesUpAtEachStepOfTheInstanceWithoutFallingBack) {
  for (int failing = 0; failing < 3; ++failing) {
    Script([failing](const http::Request&, int number) {
      return http::Response{.status = number == failing ? 403 : 200, .body = "x"};
    });
    EXPECT_EQ(Fetch().error().code, ErrorCode::kUnauthenticated);
    EXPECT_EQ(transport_->sent().size(), static_cast<std::size_t>(failing) + 1);
  }
}

TEST_F(DefaultChainTest, AssumesARoleWithTheSourceProfilesKeys) {
  Write(".aws/config",
        "[default]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=base\nexternal_id=a b\nrole_session_name=me\n"
        "duration_seconds=900\nregion=eu-west-1\n[profile base]\naws_access_key_id=BASE\naws_secret_access_key=s\n");
  Answer(200, kStsAnswer);
  EXPECT_EQ(KeyOf(), "ROLE");
  const auto sent = transport_->sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].request.url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(sent[0].body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=me"
            "&ExternalId=a%20b&DurationSeconds=900");
  EXPECT_THAT(std::string(sent[0].request.headers.Find("authorization").value_or("")),
              HasSubstr("Credential=BASE/20260101/eu-west-1/sts/aws4_request"));
}

TEST_F(DefaultChainTest, RefusesRolesThatCannotBeAssumed) {
  const std::pair<std::string, std::string> cases[] = {
      {"source_profile=b\n[profile b]\nrole_arn=r\nsource_profile=default\n", "circle"},
      {"source_profile=nobody\n", "'nobody' does not exist"},
      {"", "either source_profile or credential_source"},
      {"source_profile=default\ncredential_source=Environment\n", "either source_profile or credential_source"},
      {"credential_source=Moon\n", "none of"},
      {"credential_source=EcsContainer\n", "EcsContainer"},
      {"source_profile=default\nmfa_serial=m\n", "mfa_serial"},
      {"source_profile=default\nduration_seconds=899\n", "'899'"},
      {"source_profile=default\nduration_seconds=1e3\n", "'1e3'"},
  };
  for (const auto& [settings, why] : cases) {
    Write(".aws/config", "[default]\nrole_arn=r\n" + settings);
    EXPECT_THAT(KeyOf(), HasSubstr(why)) << settings;
  }
  EXPECT_TRUE(transport_->sent().empty());
}

TEST_F(DefaultChainTest, LetsASourcesOwnKeysGoBeforeItsRole) {
  Write(".aws/config",
        "[default]\nrole_arn=r\nsource_profile=b\n"
        "[profile b]\nrole_arn=q\nsource_profile=default\naws_access_key_id=B\naws_secret_access_key=s\n");
  Answer(200, kStsAnswer);
  EXPECT_EQ(KeyOf(), "ROLE");
  EXPECT_EQ(transport_->sent().size(), 1U);
}

TEST_F(DefaultChainTest, SendsTheWebIdentityTokenUnsigned) {
  Set("AWS_WEB_IDENTITY_TOKEN_FILE", Write("jwt", "a.b/c"));
  EXPECT_THAT(KeyOf(), HasSubstr("AWS_ROLE_ARN"));
  Set("AWS_ROLE_ARN", "r");
  Answer(200, kStsAnswer);
  EXPECT_EQ(KeyOf(), "ROLE");
  const auto sent = transport_->sent();
  EXPECT_THAT(sent.at(0).body, HasSubstr("&WebIdentityToken=a.b%2Fc"));
  EXPECT_FALSE(sent.at(0).request.headers.Find("authorization"));
}

TEST_F(DefaultChainTest, SurvivesStsAnswersThatAreCutAtEveryByte) {
  Set("AWS_WEB_IDENTITY_TOKEN_FILE", Write("jwt", "t"));
  Set("AWS_ROLE_ARN", "r");
  const std::string whole = kStsAnswer;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Script([&](const http::Request&, int number) {
      return http::Response{.status = 200, .body = number == 0 ? whole.substr(0, size) : whole};
    });
    EXPECT_EQ(KeyOf(), "ROLE") << size;
    EXPECT_EQ(transport_->sent().size(), 2U) << size;
  }
}

class SsoTest : public DefaultChainTest {
 protected:
  void SetUp() override {
    DefaultChainTest::SetUp();
    Write(".aws/config",
          "[default]\nsso_session=corp\nsso_account_id=1\nsso_role_name=r\n[sso-session corp]\nsso_region=eu-west-1\n");
  }
  // The file's name is what `printf corp | sha1sum` prints.
  void Cache(std::string_view text) { Write(".aws/sso/cache/" + std::string(kSha1OfCorp) + ".json", text); }

  static constexpr std::string_view kSha1OfCorp = "ee0bfd2552fbd840c02cc48b6e823320543c450f";
};

TEST_F(SsoTest, ChangesTheCachedTokenForTheRolesKeys) {
  Cache(R"({"accessToken":"AT","expiresAt":"2026-01-01T01:00:00Z"})");
  Answer(
      200,
      R"({"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"s","sessionToken":"t","expiration":1767250800000}})");
  const auto credentials = Fetch();
  ASSERT_TRUE(credentials) << credentials.error().ToString();
  EXPECT_EQ(credentials->access_key_id, "SSO");
  EXPECT_EQ(credentials->expires_at->time_since_epoch().count(), 1767250800);
  const auto sent = transport_->sent();
  EXPECT_EQ(sent.at(0).request.url,
            "https://portal.sso.eu-west-1.amazonaws.com/federation/credentials?account_id=1&role_name=r");
  EXPECT_EQ(sent.at(0).request.headers.Find("x-amz-sso_bearer_token"), "AT");
}

TEST_F(SsoTest, AsksForASignInWhenTheTokenIsMissingDamagedOrExpired) {
  EXPECT_THAT(KeyOf(), HasSubstr("aws sso login --profile default"));
  for (const std::string text : {"", "{", "[]", R"({"accessToken":"HIDDEN"})",
                                 R"({"accessToken":"HIDDEN","expiresAt":"2025-12-31T23:59:59UTC"})"}) {
    Cache(text);
    EXPECT_THAT(KeyOf(), HasSubstr("aws sso login --profile default")) << text;
    EXPECT_THAT(KeyOf(), Not(HasSubstr("HIDDEN")));
  }
  EXPECT_TRUE(transport_->sent().empty());
}

}  // namespace
}  // namespace signpost::aws
