#include "aws/imds_provider.h"

#include "aws/provider_fixture_test.h"
#include "aws/skewed_clock.h"
#include "testing/scripted_transport.h"

namespace signpost::aws {
namespace {

using signpost::testing::ScriptedTransport;
using signpost::testing::ServerReply;
using signpost::testing::ServerRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr char kImdsAnswer[] =
    R"({"Code":"Success","AccessKeyId":"AK","SecretAccessKey":"HIDDEN-SK","Token":"HIDDEN-ST",)"
    R"("Expiration":"2026-01-01T06:00:00Z"})";
constexpr char kRoles[] = "/latest/meta-data/iam/security-credentials/";

class ImdsTest : public ProviderTest {
 protected:
  /// The provider's clock runs 900 ms behind the transport's, so a limit of one second is one of 100 ms.
  void ShortenTries() { clock_.CorrectTo(system_clock_.Now() - 900ms); }

  Result<Credentials> Ask(const CallContext& context = {}) { return ImdsProvider(World(&clock_)).Fetch(context); }
  std::vector<std::string> Targets() const {
    std::vector<std::string> targets;
    for (const ServerRequest& request : server_->requests()) targets.push_back(request.method + " " + request.target);
    return targets;
  }

  SkewedClock clock_{&system_clock_};
};

TEST_F(ImdsTest, TakesATokenTheRoleAndItsCredentials) {
  Serve({Reply("HIDDEN-TOKEN"), Reply("my-role\n"), Reply(kImdsAnswer)});
  const auto credentials = Ask();
  ASSERT_EQ(KeyOf(credentials), "AK");
  EXPECT_EQ(credentials->secret_access_key.Reveal(), "HIDDEN-SK");
  EXPECT_EQ(credentials->session_token.Reveal(), "HIDDEN-ST");
  EXPECT_THAT(Targets(), ElementsAre("PUT /latest/api/token", std::string("GET ") + kRoles,
                                     std::string("GET ") + kRoles + "my-role"));
  const auto requests = server_->requests();
  EXPECT_EQ(requests[0].headers.Find("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(requests[1].headers.Find("x-aws-ec2-metadata-token"), "HIDDEN-TOKEN");
  EXPECT_EQ(requests[2].headers.Find("x-aws-ec2-metadata-token"), "HIDDEN-TOKEN");
}

TEST_F(ImdsTest, DoesNotFallBackToVersion1WhenATokenIsRefused) {
  for (const int status : {400, 403, 404, 405, 500}) {
    Serve([status](const ServerRequest& request) {
      return Reply(request.method == "PUT" ? "" : kImdsAnswer, request.method == "PUT" ? status : 200);
    });
    EXPECT_THAT(KeyOf(Ask()), HasSubstr("the instance metadata service"));
    EXPECT_THAT(Targets(), ElementsAre("PUT /latest/api/token"));
  }
}

TEST_F(ImdsTest, SaysThatTheInstanceHasNoRole) {
  Serve({Reply("HIDDEN-TOKEN"), Reply("\n")});
  EXPECT_THAT(KeyOf(Ask()), StartsWith("unauthenticated: the instance has no role"));
}

TEST_F(ImdsTest, RefusesAnAnswerThatIsNoneWithoutShowingIt) {
  for (const std::string answer :
       {R"({"Code":"Failed","Message":"HIDDEN"})", "HIDDEN", R"({"AccessKeyId":"AK","SecretAccessKey":7})"}) {
    Serve({Reply("HIDDEN-TOKEN"), Reply("r"), Reply(answer)});
    EXPECT_THAT(KeyOf(Ask()), StartsWith("unauthenticated")) << answer;
  }
}

TEST_F(ImdsTest, TriesEachStepAsOftenAsTheSettingSays) {
  ServerReply reset = Reply("");
  reset.cut_after = 0;
  reset.reset = true;
  const std::vector<ServerReply> replies = {reset,      Reply("T"),     Reply("", 500),
                                            Reply("r"), Reply("", 503), Reply(kImdsAnswer)};
  Serve(replies);
  EXPECT_THAT(KeyOf(Ask()), StartsWith("unavailable"));
  EXPECT_EQ(server_->request_count(), 1);
  Set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2");
  Serve(replies);
  EXPECT_EQ(KeyOf(Ask()), "AK");
  EXPECT_EQ(server_->request_count(), 6);
}

TEST_F(ImdsTest, GivesEachTryTheTimeThatTheSettingSays) {
  ShortenTries();
  ServerReply slow = Reply("T");
  slow.delay = 400ms;
  Serve({slow, Reply("r"), Reply(kImdsAnswer)});
  EXPECT_THAT(KeyOf(Ask()), StartsWith("deadline_exceeded: the instance metadata service"));
  Set("AWS_METADATA_SERVICE_TIMEOUT", "2");
  Serve({slow, Reply("r"), Reply(kImdsAnswer)});
  EXPECT_EQ(KeyOf(Ask()), "AK");
}

TEST_F(ImdsTest, TriesAgainAfterATimeOut) {
  ShortenTries();
  ServerReply slow = Reply("T");
  slow.delay = 10s;
  Set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2");
  Serve({slow, Reply("T"), Reply("r"), Reply(kImdsAnswer)});
  EXPECT_EQ(KeyOf(Ask()), "AK");
}

TEST_F(ImdsTest, EndsAtOnceWhenStoppedDuringATry) {
  std::stop_source stop;
  Set("AWS_METADATA_SERVICE_TIMEOUT", "60");
  Set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "60");
  Serve([&stop](const ServerRequest&) {
    stop.request_stop();
    ServerReply never = Reply("T");
    never.delay = 10min;
    return never;
  });
  EXPECT_THAT(KeyOf(Ask({.stop = stop.get_token(), .deadline = std::nullopt})), StartsWith("cancelled"));
  EXPECT_EQ(server_->request_count(), 1);
}

TEST_F(ImdsTest, IsAskedAtItsIpv6AddressOrTheOneInTheEnvironment) {
  Serve({Reply("")});
  ScriptedTransport transport(
      [](const http::Request&, int) { return Fail(ErrorCode::kUnavailable, "nobody is there"); });
  const auto asked = [&] {
    ProviderContext world = World(&clock_);
    world.transport = &transport;
    EXPECT_FALSE(ImdsProvider(world).Fetch({}));
    return transport.sent().back().request.url;
  };
  EXPECT_EQ(asked(), server_->url() + "/latest/api/token");
  for (const std::string mode : {"IPv6", "ipv6"}) {
    Set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", mode);
    EXPECT_EQ(asked(), "http://[fd00:ec2::254]/latest/api/token") << mode;
  }
  Set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[::1]:99/");
  EXPECT_EQ(asked(), "http://[::1]:99/latest/api/token");
}

TEST_F(ImdsTest, IsNotAskedWhenItIsSwitchedOff) {
  Serve({Reply("T"), Reply("r"), Reply(kImdsAnswer)});
  for (const std::string off : {"true", "True", "TRUE"}) {
    Set("AWS_EC2_METADATA_DISABLED", off);
    EXPECT_THAT(KeyOf(), HasSubstr("switched off")) << off;
  }
  EXPECT_EQ(server_->request_count(), 0);
}

}  // namespace
}  // namespace signpost::aws
