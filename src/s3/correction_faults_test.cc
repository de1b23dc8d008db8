#include <gtest/gtest.h>

#include "base/time_format.h"
#include "s3/client_fixture_test.h"
#include "s3/get_object.h"
#include "s3/put_object.h"

namespace signpost::s3 {
namespace {

using testing::ScriptedTransport;
using testing::ServerRequest;

constexpr char kServerDate[] = "Thu, 01 Jan 2026 02:00:00 GMT";  // The test's clock says midnight.

Result<std::string> Put(Client& client) { return PutObject(client, {}, TestBucket(), "k", "body", {}); }

TEST(S3Faults, N16_ASkewedClockIsSetByTheServersDateAndTheRequestSignedAgain) {
  ServerWorld world([](const ServerRequest& request) {
    if (request.headers.Find("x-amz-date")->starts_with("20260101T02")) return Answer("", 200, {{"ETag", "\"e\""}});
    return ErrorAnswer(403, "RequestTimeTooSkewed", {{"Date", kServerDate}});
  });
  const auto put = Put(world.client());
  ASSERT_TRUE(put) << put.error().ToString();
  EXPECT_EQ(world.server().request_count(), 2);
  EXPECT_EQ(FormatBasic(std::chrono::floor<std::chrono::seconds>(world.skewed().Now())), "20260101T020000Z");
}

TEST(S3Faults, N16_TheFirstAnswerSetsTheClockEvenIfTheRequestWasAccepted) {
  ServerWorld world([](const ServerRequest&) { return Answer("", 200, {{"ETag", "\"e\""}, {"Date", kServerDate}}); });
  ASSERT_TRUE(Put(world.client()));
  EXPECT_EQ(world.skewed().offset(), std::chrono::hours(2));
}

TEST(S3Faults, N16_TheClockIsCorrectedOncePerOperation) {
  ServerWorld world(
      [](const ServerRequest&) { return ErrorAnswer(403, "RequestTimeTooSkewed", {{"Date", kServerDate}}); });
  ExpectError(Put(world.client()), ErrorCode::kUnauthenticated, "RequestTimeTooSkewed");
  EXPECT_EQ(world.server().request_count(), 2);
}

TEST(S3Faults, N17_ExpiredCredentialsAreRenewedOnceAndTheRequestSignedAgain) {
  for (const char* code : {"ExpiredToken", "InvalidToken"}) {
    ServerWorld world(
        [&](const ServerRequest& request) {
          if (request.headers.Find("authorization")->find("Credential=KEY1/") != std::string_view::npos) {
            return ErrorAnswer(400, code);
          }
          return Answer("", 200, {{"ETag", "\"e\""}});
        },
        std::make_unique<testing::CountingProvider>());
    const auto put = Put(world.client());
    ASSERT_TRUE(put) << put.error().ToString();
    EXPECT_EQ(world.server().request_count(), 2);
    ASSERT_TRUE(Put(world.client()));
    EXPECT_EQ(world.server().request_count(), 3);  // The new key stays.
  }
}

TEST(S3Faults, N17_CredentialsThatStayRefusedAreRenewedOnlyOnce) {
  ServerWorld world([](const ServerRequest&) { return ErrorAnswer(400, "ExpiredToken"); },
                    std::make_unique<testing::CountingProvider>());
  ExpectError(Put(world.client()), ErrorCode::kUnauthenticated, "ExpiredToken");
  EXPECT_EQ(world.server().request_count(), 2);
}

TEST(S3Faults, N17_FixedCredentialsThatExpiredFailAtOnce) {
  ServerWorld world([](const ServerRequest&) { return ErrorAnswer(400, "ExpiredToken"); });
  ExpectError(Put(world.client()), ErrorCode::kUnauthenticated, "ExpiredToken");
  EXPECT_EQ(world.server().request_count(), 1);
}

http::Response Redirect(int status, std::string_view body, std::string_view region) {
  http::Response response;
  response.status = status;
  response.body = body;
  response.headers.Add("location", "https://attacker.example/steal");
  if (!region.empty()) response.headers.Add("x-amz-bucket-region", std::string(region));
  return response;
}

http::Response Written() {
  http::Response response;
  response.status = 200;
  response.headers.Add("etag", "\"e\"");
  return response;
}

TEST(S3Faults, N20_ABucketElsewhereIsAskedForInItsRegion) {
  const std::string malformed = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-3</Region></Error>";
  for (const http::Response& refusal :
       {Redirect(301, ErrorBody("PermanentRedirect"), "eu-west-3"), Redirect(301, "", "eu-west-3"),
        Redirect(307, ErrorBody("TemporaryRedirect"), "eu-west-3"), Redirect(400, malformed, "")}) {
    ScriptedTransport transport([&](const http::Request& request, int) -> Result<http::Response> {
      return request.url.starts_with("https://bucket.s3.eu-west-3.amazonaws.com/") ? Written() : refusal;
    });
    ClientWorld world(&transport);
    const auto put = Put(world.client());
    ASSERT_TRUE(put) << put.error().ToString();
    const auto sent = transport.sent();
    ASSERT_EQ(sent.size(), 2u);
    EXPECT_EQ(sent[0].request.url, "https://bucket.s3.us-east-1.amazonaws.com/k");
    EXPECT_NE(sent[1].request.headers.Find("authorization")->find("/eu-west-3/s3/aws4_request"),
              std::string_view::npos);
    EXPECT_EQ(world.client().RegionOf(TestBucket()).name, "eu-west-3");
    ASSERT_TRUE(Put(world.client()));
    EXPECT_EQ(transport.sent().size(), 3u);  // Known from now on.
  }
}

TEST(S3Faults, N20_ARegionIsFollowedOnlyOncePerOperation) {
  ScriptedTransport transport([](const http::Request&, int number) -> Result<http::Response> {
    return Redirect(301, ErrorBody("PermanentRedirect"), number % 2 == 0 ? "eu-west-3" : "us-east-1");
  });
  ClientWorld world(&transport);
  ExpectError(Put(world.client()), ErrorCode::kInvalidArgument, "PermanentRedirect");
  EXPECT_EQ(transport.sent().size(), 2u);
}

TEST(S3Faults, N20_ARegionThatIsNoneIsIgnored) {
  ScriptedTransport transport([](const http::Request&, int) -> Result<http::Response> {
    return Redirect(301, ErrorBody("PermanentRedirect"), "attacker.example/");
  });
  ClientWorld world(&transport);
  ExpectError(Put(world.client()), ErrorCode::kInvalidArgument, "PermanentRedirect");
  EXPECT_EQ(transport.sent().size(), 1u);
}

TEST(S3Faults, N20_ACustomEndpointCannotSendUsElsewhere) {
  ServerWorld world([](const ServerRequest&) {
    return ErrorAnswer(301, "PermanentRedirect",
                       {{"x-amz-bucket-region", "eu-west-3"}, {"Location", "http://127.0.0.1:1/steal"}});
  });
  ExpectError(Put(world.client()), ErrorCode::kInvalidArgument, "PermanentRedirect");
  EXPECT_EQ(world.server().request_count(), 1);
  EXPECT_EQ(world.client().RegionOf(TestBucket()).name, "us-east-1");
}

TEST(S3Faults, N19_ADenialThatNamesTheRegionAskedIsNotRepeated) {
  ScriptedTransport transport([](const http::Request&, int) -> Result<http::Response> {
    return Redirect(403, ErrorBody("AccessDenied"), "us-east-1");
  });
  ClientWorld world(&transport);
  ExpectError(Put(world.client()), ErrorCode::kDenied, "AccessDenied");
  EXPECT_EQ(transport.sent().size(), 1u);
}

}  // namespace
}  // namespace signpost::s3
