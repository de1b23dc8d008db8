#include "aws/service_error.h"

#include <gtest/gtest.h>

namespace signpost::aws {
namespace {

http::Response Answer(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  return {.status = status, .headers = http::Headers(std::move(headers)), .body = std::move(body)};
}

TEST(ServiceError, ReadsS3sXml) {
  const Error error = ServiceError(
      "listing", Answer(301,
                        "<?xml version=\"1.0\"?>\n<Error><Code>PermanentRedirect</Code><Message>a\nb &amp; "
                        "c</Message><Region>eu-west-1</Region><RequestId>R1</RequestId></Error>"));
  EXPECT_EQ(error.message, "listing: a b & c");
  EXPECT_EQ(error.service_code, "PermanentRedirect");
  EXPECT_EQ(error.region, "eu-west-1");
  EXPECT_EQ(error.request_id, "R1");
  EXPECT_EQ(error.http_status, 301);
}

TEST(ServiceError, ReadsStssXmlAndTheNewerServicesJson) {
  const Error sts = ServiceError(
      "x",
      Answer(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error><RequestId>R2</RequestId></ErrorResponse>"));
  EXPECT_EQ(sts.code, ErrorCode::kDenied);
  EXPECT_EQ(sts.request_id, "R2");
  const Error sso = ServiceError("x", Answer(401, R"({"__type":"a.b#UnauthorizedException","message":"no"})"));
  EXPECT_EQ(sso.service_code, "UnauthorizedException");
  EXPECT_EQ(sso.code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(sso.message, "x: no");
}

TEST(ServiceError, PrefersTheHeaders) {
  const Error error = ServiceError("x", Answer(400, "<Error><Code>C</Code><Region>r1</Region></Error>",
                                               {{"X-Amz-Bucket-Region", "r2"}, {"x-amz-request-id", "R3"}}));
  EXPECT_EQ(error.region, "r2");
  EXPECT_EQ(error.request_id, "R3");
}

TEST(ServiceError, TakesTheCodeFromTheServiceElseFromTheStatus) {
  const auto code_of = [](int status, const std::string& code) {
    return ServiceError("x", Answer(status, "<Error><Code>" + code + "</Code></Error>")).code;
  };
  EXPECT_EQ(code_of(400, "ExpiredToken"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(code_of(403, "RequestTimeTooSkewed"), ErrorCode::kUnauthenticated);
  EXPECT_EQ(code_of(200, "InternalError"), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of(400, "RequestTimeout"), ErrorCode::kUnavailable);
  EXPECT_EQ(code_of(503, "SlowDown"), ErrorCode::kThrottled);
  const std::pair<int, ErrorCode> by_status[] = {
      {401, ErrorCode::kUnauthenticated}, {403, ErrorCode::kDenied},      {404, ErrorCode::kNotFound},
      {409, ErrorCode::kConflict},        {412, ErrorCode::kConflict},    {429, ErrorCode::kThrottled},
      {500, ErrorCode::kUnavailable},     {503, ErrorCode::kThrottled},   {504, ErrorCode::kUnavailable},
      {400, ErrorCode::kInvalidArgument}, {200, ErrorCode::kUnavailable},
  };
  for (const auto& [status, code] : by_status) EXPECT_EQ(code_of(status, "Unknown"), code) << status;
}

TEST(ServiceError, SurvivesBodiesThatAreNoError) {
  for (const std::string body : {"", "<html>502</html>", "<Error><Code>Slow", "{\"a\":", "[1]", "\xff\xfe<"}) {
    const Error error = ServiceError("x", Answer(502, body));
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_EQ(error.service_code, "");
  }
}

TEST(ServiceError, ReadsRetryAfterAsADateAgainstTheServersOwnClock) {
  EXPECT_EQ(ServiceError("x", Answer(503, "",
                                     {{"Date", "Thu, 01 Jan 2026 00:00:00 GMT"},
                                      {"Retry-After", "Thu, 01 Jan 2026 00:01:00 GMT"}}))
                .retry_after,
            std::chrono::seconds(60));
}

TEST(ServiceError, ReadsRetryAfterInSeconds) {
  EXPECT_EQ(ServiceError("x", Answer(503, "", {{"Retry-After", "7"}})).retry_after, std::chrono::seconds(7));
  EXPECT_FALSE(ServiceError("x", Answer(503, "", {{"Retry-After", "-5"}})).retry_after);
  EXPECT_FALSE(ServiceError("x", Answer(503, "", {{"Retry-After", "soon"}})).retry_after);
}

TEST(IsErrorDocument, LooksAtTheRootOnly) {
  EXPECT_TRUE(IsErrorDocument("<?xml version=\"1.0\"?>\n<Error><Code>C</Code></Error>"));
  EXPECT_TRUE(IsErrorDocument("  <Error xmlns=\"x\">"));
  EXPECT_FALSE(IsErrorDocument("<Errors>"));
  EXPECT_FALSE(IsErrorDocument("<ListBucketResult><Error></Error></ListBucketResult>"));
  EXPECT_FALSE(IsErrorDocument("<?xml"));
  EXPECT_FALSE(IsErrorDocument(""));
}

}  // namespace
}  // namespace signpost::aws
