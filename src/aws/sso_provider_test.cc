#include "aws/sso_provider.h"

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "aws/provider_fixture_test.h"

namespace signpost::aws {
namespace {

using signpost::testing::ServerReply;
using signpost::testing::ServerRequest;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kRoleAnswer[] = R"({"roleCredentials":{"accessKeyId":"SSO","secretAccessKey":"HIDDEN-SK",)"
                               R"("sessionToken":"HIDDEN-ST","expiration":1767250800000}})";
constexpr char kTokenAnswer[] =
    R"({"accessToken":"HIDDEN-NEW","expiresIn":3600,"refreshToken":"HIDDEN-REFRESH-2","tokenType":"Bearer"})";
constexpr char kLogin[] = "run 'aws sso login --profile default'";

// The files' names are what sha1sum prints for the session's name and for the start URL.
constexpr char kSessionFile[] = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
constexpr char kLegacyFile[] = ".aws/sso/cache/a51746d4aa793ae07b25e90c3a5db96fc7832bd7.json";

/// It is 2026-01-01T00:00:00Z.
class SsoServerTest : public ProviderTest {
 protected:
  void SetUp() override {
    ProviderTest::SetUp();
    Write(".aws/config",
          "[default]\nsso_session=corp\nsso_account_id=123456789012\nsso_role_name=my role\n"
          "[sso-session corp]\nsso_region=eu-west-1\nsso_start_url=https://corp.awsapps.com/start\n");
  }

  nlohmann::json Cached(const std::string& expires_at) {
    return {{"startUrl", "https://corp.awsapps.com/start"},
            {"region", "eu-west-1"},
            {"accessToken", "HIDDEN-OLD"},
            {"expiresAt", expires_at},
            {"clientId", "client"},
            {"clientSecret", "HIDDEN-CLIENT"},
            {"registrationExpiresAt", "2026-02-01T00:00:00Z"},
            {"refreshToken", "HIDDEN-REFRESH"}};
  }
  nlohmann::json ReadCache() {
    std::ifstream file(home_ / kSessionFile);
    return nlohmann::json::parse(file, nullptr, false);
  }

  /// The portal and the token service; `token` answers the latter.
  void ServeBoth(const ServerReply& token) {
    Serve([token](const ServerRequest& request) { return request.path == "/token" ? token : Reply(kRoleAnswer); });
  }
  /// The token that the portal was given last.
  std::string TokenShown() const {
    return std::string(server_->requests().back().headers.Find("x-amz-sso_bearer_token").value_or("none"));
  }
};

TEST_F(SsoServerTest, ExchangesTheTokenOfItsSession) {
  Write(kSessionFile, R"({"accessToken":"HIDDEN-AT","expiresAt":"2026-01-01T01:00:00Z"})");
  Serve({Reply(kRoleAnswer)});
  const auto credentials = Fetch();
  ASSERT_EQ(KeyOf(credentials), "SSO");
  EXPECT_EQ(credentials->secret_access_key.Reveal(), "HIDDEN-SK");
  EXPECT_EQ(credentials->session_token.Reveal(), "HIDDEN-ST");
  EXPECT_EQ(credentials->expires_at->time_since_epoch().count(), 1'767'250'800);
  EXPECT_EQ(server_->requests().at(0).target, "/federation/credentials?account_id=123456789012&role_name=my%20role");
  EXPECT_EQ(TokenShown(), "HIDDEN-AT");
}

TEST_F(SsoServerTest, ExchangesTheTokenOfAStartUrlWithoutASession) {
  Write(".aws/config",
        "[default]\nsso_start_url=https://corp.awsapps.com/start\nsso_region=eu-west-1\nsso_account_id=1\n"
        "sso_role_name=r\n");
  Write(kLegacyFile, R"({"accessToken":"HIDDEN-AT","expiresAt":"2026-01-01T01:00:00UTC"})");
  Serve({Reply(kRoleAnswer)});
  EXPECT_EQ(KeyOf(), "SSO");
  EXPECT_EQ(TokenShown(), "HIDDEN-AT");
}

TEST_F(SsoServerTest, NamesTheCommandWhenTheTokenHasExpired) {
  Write(kSessionFile, R"({"accessToken":"HIDDEN-AT","expiresAt":"2026-01-01T00:00:00Z"})");
  Serve({Reply(kRoleAnswer)});
  EXPECT_THAT(KeyOf(), StartsWith("unauthenticated: the sign-in to IAM Identity Center expired at"));
  EXPECT_THAT(KeyOf(), HasSubstr(kLogin));
  EXPECT_EQ(server_->request_count(), 0);
}

TEST_F(SsoServerTest, IsUnauthenticatedWhenThePortalRefusesTheToken) {
  Write(kSessionFile, R"({"accessToken":"HIDDEN-AT","expiresAt":"2026-01-01T01:00:00Z"})");
  Serve({Reply(R"({"__type":"UnauthorizedException","message":"Session token not found or invalid"})", 401)});
  EXPECT_THAT(KeyOf(), StartsWith("unauthenticated: IAM Identity Center for profile 'default': Session token"));
  EXPECT_EQ(server_->request_count(), 1);
}

TEST_F(SsoServerTest, AsksThePortalAgainAfterThrottlingOrACutAnswer) {
  Write(kSessionFile, R"({"accessToken":"HIDDEN-AT","expiresAt":"2026-01-01T01:00:00Z"})");
  ServerReply cut = Reply(kRoleAnswer);
  cut.cut_after = 90;
  for (const ServerReply& bad : {Reply("", 429), Reply("", 502), cut}) {
    Serve({bad, Reply(kRoleAnswer)});
    EXPECT_EQ(KeyOf(), "SSO");
    EXPECT_EQ(server_->request_count(), 2);
  }
}

TEST_F(SsoServerTest, RefusesAnAnswerThatHoldsNoKeysWithoutShowingIt) {
  Write(kSessionFile, R"({"accessToken":"HIDDEN-AT","expiresAt":"2026-01-01T01:00:00Z"})");
  for (const std::string answer :
       {"HIDDEN", "[]", R"({"roleCredentials":"HIDDEN"})", R"({"roleCredentials":{"secretAccessKey":"HIDDEN"}})",
        R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"HIDDEN","expiration":"HIDDEN"}})"}) {
    Serve({Reply(answer)});
    EXPECT_THAT(KeyOf(), StartsWith("unauthenticated: IAM Identity Center")) << answer;
  }
}

TEST_F(SsoServerTest, RefreshesATokenThatEndsSoonAndKeepsTheNewOne) {
  Write(kSessionFile, Cached("2026-01-01T00:14:59Z").dump());
  ServeBoth(Reply(kTokenAnswer));
  EXPECT_EQ(KeyOf(), "SSO");
  EXPECT_EQ(TokenShown(), "HIDDEN-NEW");
  const ServerRequest asked = server_->requests().at(0);
  EXPECT_EQ(asked.method, "POST");
  EXPECT_EQ(asked.headers.Find("content-type"), "application/json");
  EXPECT_EQ(nlohmann::json::parse(asked.body),
            nlohmann::json::parse(R"({"grantType":"refresh_token","clientId":"client",
                "clientSecret":"HIDDEN-CLIENT","refreshToken":"HIDDEN-REFRESH"})"));
  auto expected = Cached("2026-01-01T01:00:00Z");
  expected["accessToken"] = "HIDDEN-NEW";
  expected["refreshToken"] = "HIDDEN-REFRESH-2";
  EXPECT_EQ(ReadCache(), expected);
  const auto mode = std::filesystem::status(home_ / kSessionFile).permissions();
  EXPECT_EQ(static_cast<int>(mode), 0600);
  const std::filesystem::directory_iterator files(home_ / ".aws/sso/cache");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "a temporary file was left";
  EXPECT_EQ(KeyOf(), "SSO");
  EXPECT_EQ(TokenShown(), "HIDDEN-NEW");
  EXPECT_EQ(server_->request_count(), 3) << "the new token needs no refresh";
}

TEST_F(SsoServerTest, LeavesATokenAloneThatLivesLongEnough) {
  Write(kSessionFile, Cached("2026-01-01T00:15:00Z").dump());
  ServeBoth(Reply(kTokenAnswer));
  EXPECT_EQ(KeyOf(), "SSO");
  EXPECT_EQ(TokenShown(), "HIDDEN-OLD");
  EXPECT_EQ(server_->request_count(), 1);
}

TEST_F(SsoServerTest, UsesTheOldTokenWhileItIsGoodWhenTheRefreshFails) {
  for (const ServerReply& bad : {Reply(R"({"error":"invalid_grant","error_description":"no"})", 400), Reply("HIDDEN"),
                                 Reply(R"({"accessToken":"HIDDEN"})"), Reply("", 500)}) {
    Write(kSessionFile, Cached("2026-01-01T00:01:00Z").dump());
    ServeBoth(bad);
    EXPECT_EQ(KeyOf(), "SSO");
    EXPECT_EQ(TokenShown(), "HIDDEN-OLD");
    EXPECT_EQ(ReadCache(), Cached("2026-01-01T00:01:00Z"));
  }
}

TEST_F(SsoServerTest, NamesTheCommandAndTheReasonWhenAnExpiredTokenCannotBeRefreshed) {
  Write(kSessionFile, Cached("2025-12-31T00:00:00Z").dump());
  ServeBoth(Reply(R"({"error":"invalid_grant","error_description":"the grant is gone"})", 400));
  EXPECT_THAT(KeyOf(), StartsWith("unauthenticated: the sign-in to IAM Identity Center expired"));
  EXPECT_THAT(KeyOf(), HasSubstr("the grant is gone"));
  EXPECT_THAT(KeyOf(), HasSubstr(kLogin));
}

TEST_F(SsoServerTest, DoesNotRefreshWithoutAllThatItTakes) {
  for (const std::string lacking : {"refreshToken", "clientId", "clientSecret", "registrationExpiresAt"}) {
    auto cached = Cached("2025-12-31T00:00:00Z");
    cached.erase(lacking);
    Write(kSessionFile, cached.dump());
    ServeBoth(Reply(kTokenAnswer));
    EXPECT_THAT(KeyOf(), HasSubstr(kLogin)) << lacking;
    EXPECT_EQ(server_->request_count(), 0) << lacking;
  }
  auto cached = Cached("2025-12-31T00:00:00Z");
  cached["registrationExpiresAt"] = "2026-01-01T00:00:00Z";
  Write(kSessionFile, cached.dump());
  EXPECT_THAT(KeyOf(), HasSubstr(kLogin));
  EXPECT_EQ(server_->request_count(), 0);
}

TEST_F(SsoServerTest, UsesARefreshedTokenThatCannotBeKept) {
  Write(kSessionFile, Cached("2025-12-31T00:00:00Z").dump());
  Serve([this](const ServerRequest& request) {
    if (request.path != "/token") return Reply(kRoleAnswer);
    std::filesystem::remove_all(home_ / ".aws/sso");
    return Reply(kTokenAnswer);
  });
  EXPECT_EQ(KeyOf(), "SSO");
  EXPECT_EQ(TokenShown(), "HIDDEN-NEW");
}

}  // namespace
}  // namespace signpost::aws
