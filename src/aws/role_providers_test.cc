#include "aws/role_providers.h"

#include <map>
#include <sstream>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "aws/provider_fixture_test.h"

namespace signpost::aws {
namespace {

using signpost::testing::ServerReply;
using signpost::testing::ServerRequest;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::map<std::string, std::string> Form(const std::string& body) {
  std::map<std::string, std::string> fields;
  std::istringstream stream(body);
  for (std::string field; std::getline(stream, field, '&');) {
    fields[field.substr(0, field.find('='))] = field.substr(field.find('=') + 1);
  }
  return fields;
}

/// The keys of the role NAME are "ROLE-NAME", "HIDDEN-NAME" and the token "HIDDEN-TOKEN-NAME".
std::string StsAnswer(const std::string& role, std::string_view action = "AssumeRole") {
  return fmt::format(
      "<{0}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{0}Result><Credentials>"
      "<AccessKeyId>ROLE-{1}</AccessKeyId><SecretAccessKey>HIDDEN-{1}</SecretAccessKey>"
      "<SessionToken>HIDDEN-TOKEN-{1}</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration>"
      "</Credentials></{0}Result></{0}Response>",
      action, role);
}

std::string StsError(std::string_view code) {
  return fmt::format(
      "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>said</Message></Error>"
      "<RequestId>R-1</RequestId></ErrorResponse>",
      code);
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

std::string Sha256(std::string_view text) {
  unsigned char digest[32];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha256(), nullptr);
  return {reinterpret_cast<char*>(digest), sizeof digest};
}

std::string Hmac(const std::string& key, std::string_view text) {
  unsigned char digest[32];
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, nullptr);
  return {reinterpret_cast<char*>(digest), sizeof digest};
}

/// The text between `before` and `after`.
std::string Between(const std::string& text, std::string_view before, std::string_view after) {
  const std::size_t start = text.find(before) + before.size();
  return text.substr(start, text.find(after, start) - start);
}

/// Signature version 4, computed from what came over the wire
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
bool IsSignedWith(const ServerRequest& request, const std::string& secret) {
  const std::string authorization(request.headers.Find("authorization").value_or(""));
  const std::string scope = Between(authorization, "Credential=", ",");
  const std::string names = Between(authorization, "SignedHeaders=", ",");
  std::string canonical = request.method + "\n" + request.target + "\n\n";
  std::istringstream stream(names);
  for (std::string name; std::getline(stream, name, ';');) {
    canonical += name + ":" + std::string(request.headers.Find(name).value_or("")) + "\n";
  }
  canonical += "\n" + names + "\n" + Hex(Sha256(request.body));
  const std::string date(request.headers.Find("x-amz-date").value_or(""));
  const std::string day = date.substr(0, 8);
  const std::string region = Between(scope, day + "/", "/");
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + date + "\n" + day + "/" + region + "/sts/aws4_request\n" + Hex(Sha256(canonical));
  const std::string key = Hmac(Hmac(Hmac(Hmac("AWS4" + secret, day), region), "sts"), "aws4_request");
  return authorization.ends_with("Signature=" + Hex(Hmac(key, to_sign)));
}

class RoleTest : public ProviderTest {
 protected:
  /// Gives every caller the role that it asks for.
  void ServeRoles() {
    Serve([](const ServerRequest& request) {
      auto form = Form(request.body);
      return Reply(StsAnswer(form["RoleArn"], form["Action"]));
    });
  }

  void WriteOneRole(const std::string& more = "") {
    Write(".aws/config", "[default]\nrole_arn=A\nsource_profile=base\nregion=eu-west-1\n" + more +
                             "[profile base]\naws_access_key_id=BASE\naws_secret_access_key=HIDDEN-BASE\n");
  }
};

TEST_F(RoleTest, IsAskedForWithTheSourcesSignature) {
  WriteOneRole("external_id=x y\nduration_seconds=1800\nrole_session_name=me@here\n");
  ServeRoles();
  const auto credentials = Fetch();
  ASSERT_EQ(KeyOf(credentials), "ROLE-A");
  EXPECT_EQ(credentials->secret_access_key.Reveal(), "HIDDEN-A");
  EXPECT_EQ(credentials->session_token.Reveal(), "HIDDEN-TOKEN-A");
  EXPECT_EQ(credentials->expires_at, std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::hours(1));
  const ServerRequest request = server_->requests().at(0);
  auto form = Form(request.body);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(form["ExternalId"], "x%20y");
  EXPECT_EQ(form["DurationSeconds"], "1800");
  EXPECT_EQ(form["RoleSessionName"], "me%40here");
  EXPECT_THAT(std::string(request.headers.Find("authorization").value_or("")),
              HasSubstr("Credential=BASE/20260101/eu-west-1/sts/aws4_request"));
  EXPECT_TRUE(IsSignedWith(request, "HIDDEN-BASE"));
  EXPECT_FALSE(IsSignedWith(request, "HIDDEN-OTHER"));
}

TEST_F(RoleTest, ChainsFromSourceToSource) {
  Write(".aws/config",
        "[default]\nrole_arn=A\nsource_profile=b\n[profile b]\nrole_arn=B\nsource_profile=c\n"
        "[profile c]\nrole_arn=C\nsource_profile=d\n"
        "[profile d]\naws_access_key_id=BASE\naws_secret_access_key=HIDDEN-BASE\n");
  ServeRoles();
  EXPECT_EQ(KeyOf(), "ROLE-A");
  const auto requests = server_->requests();
  ASSERT_EQ(requests.size(), 3U);
  const std::pair<std::string, std::string> steps[] = {{"C", "BASE"}, {"B", "C"}, {"A", "B"}};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& [role, source] = steps[i];
    EXPECT_EQ(Form(requests[i].body)["RoleArn"], role);
    EXPECT_TRUE(IsSignedWith(requests[i], "HIDDEN-" + source)) << role;
    const auto token = requests[i].headers.Find("x-amz-security-token");
    EXPECT_EQ(token.value_or("none"), i == 0 ? "none" : "HIDDEN-TOKEN-" + source);
  }
}

TEST_F(RoleTest, TakesItsSourceFromTheEnvironment) {
  Write(".aws/config", "[profile p]\nrole_arn=A\ncredential_source=Environment\n");
  Set("AWS_ACCESS_KEY_ID", "ENV");
  Set("AWS_SECRET_ACCESS_KEY", "HIDDEN-ENV");
  ServeRoles();
  auto settings = LoadSettings(environment_, {.profile = "p"});
  ASSERT_TRUE(settings);
  settings_ = std::move(*settings);
  auto provider = MakeDefaultChain(World(&clock_));
  ASSERT_TRUE(provider) << provider.error().ToString();
  EXPECT_EQ(KeyOf((*provider)->Fetch({})), "ROLE-A");
  EXPECT_TRUE(IsSignedWith(server_->requests().at(0), "HIDDEN-ENV"));
}

TEST_F(RoleTest, IsRefusedBeforeAnyRequestWhenItsProfilesCannotWork) {
  ServeRoles();
  const std::pair<std::string, std::string> cases[] = {
      {"source_profile=b\n[profile b]\nrole_arn=B\nsource_profile=c\n[profile c]\nrole_arn=C\nsource_profile=b\n",
       "circle"},
      {"source_profile=base\nmfa_serial=arn:aws:iam::1:mfa/me\n", "mfa_serial"},
      {"source_profile=base\nduration_seconds=43201\n", "43201"},
  };
  for (const auto& [settings, why] : cases) {
    Write(".aws/config", "[default]\nrole_arn=A\n" + settings +
                             "[profile base]\naws_access_key_id=BASE\naws_secret_access_key=HIDDEN\n");
    EXPECT_THAT(KeyOf(), StartsWith("invalid_argument"));
    EXPECT_THAT(KeyOf(), HasSubstr(why));
  }
  EXPECT_EQ(server_->request_count(), 0);
}

TEST_F(RoleTest, IsUnauthenticatedWhenTheSourceHasExpired) {
  WriteOneRole();
  Serve({Reply(StsError("ExpiredToken"), 403)});
  const auto refused = Fetch();
  EXPECT_THAT(KeyOf(refused), StartsWith("unauthenticated: assuming the role A: said"));
  EXPECT_EQ(refused.error().service_code, "ExpiredToken");
  EXPECT_EQ(refused.error().request_id, "R-1");
  EXPECT_EQ(server_->request_count(), 1);
}

TEST_F(RoleTest, IsDeniedInTheServicesWords) {
  WriteOneRole();
  Serve({Reply(StsError("AccessDenied"), 403)});
  EXPECT_THAT(KeyOf(), StartsWith("denied: assuming the role A: said"));
  EXPECT_EQ(server_->request_count(), 1);
}

TEST_F(RoleTest, IsAskedForAgainAfterThrottlingFailureOrACutAnswer) {
  WriteOneRole();
  ServerReply cut = Reply(StsAnswer("A"));
  cut.cut_after = 200;
  ServerReply damaged = Reply(StsAnswer("A").substr(0, 150));
  for (const ServerReply& bad :
       {Reply(StsError("Throttling"), 400), Reply(StsError("InternalFailure"), 500), cut, damaged}) {
    Serve({bad, Reply(StsAnswer("A"))});
    EXPECT_EQ(KeyOf(), "ROLE-A");
    EXPECT_EQ(server_->request_count(), 2);
    Serve({bad});
    EXPECT_THAT(KeyOf(), HasSubstr("assuming the role A"));
    EXPECT_EQ(server_->request_count(), 3);
  }
}

class WebIdentityTest : public RoleTest {
 protected:
  void SetUp() override {
    RoleTest::SetUp();
    Set("AWS_WEB_IDENTITY_TOKEN_FILE", Write("jwt", "HIDDEN.a/b+c=\n"));
    Set("AWS_ROLE_ARN", "A");
    Set("AWS_ROLE_SESSION_NAME", "pod");
  }
};

TEST_F(WebIdentityTest, SendsTheTokenOfTheMomentUnsigned) {
  ServeRoles();
  auto provider = Chain();
  ASSERT_TRUE(provider) << provider.error().ToString();
  EXPECT_EQ(KeyOf((*provider)->Fetch({})), "ROLE-A");
  Write("jwt", "HIDDEN.2");
  EXPECT_EQ(KeyOf((*provider)->Fetch({})), "ROLE-A");
  auto first = Form(server_->requests().at(0).body);
  EXPECT_EQ(first["Action"], "AssumeRoleWithWebIdentity");
  EXPECT_EQ(first["WebIdentityToken"], "HIDDEN.a%2Fb%2Bc%3D");
  EXPECT_EQ(first["RoleSessionName"], "pod");
  EXPECT_EQ(Form(server_->requests().at(1).body)["WebIdentityToken"], "HIDDEN.2");
  for (const ServerRequest& request : server_->requests()) EXPECT_FALSE(request.headers.Find("authorization"));
}

TEST_F(WebIdentityTest, SaysWhyTheTokenCannotBeUsed) {
  Serve({Reply(StsError("ExpiredTokenException"), 400)});
  EXPECT_THAT(KeyOf(), StartsWith("unauthenticated: assuming the role A by web identity"));
  Write("jwt", "\n");
  EXPECT_THAT(KeyOf(), HasSubstr("file is empty"));
  std::filesystem::remove(home_ / "jwt");
  EXPECT_THAT(KeyOf(), HasSubstr("the web identity token"));
  EXPECT_EQ(server_->request_count(), 1);
}

TEST_F(WebIdentityTest, IsTriedAgainWhenTheIdentityProviderDoesNotAnswer) {
  Serve({Reply(StsError("IDPCommunicationError"), 400), Reply(StsAnswer("A", "AssumeRoleWithWebIdentity"))});
  EXPECT_EQ(KeyOf(), "ROLE-A");
  EXPECT_EQ(server_->request_count(), 2);
}

}  // namespace
}  // namespace signpost::aws
