#include <algorithm>

#include <gtest/gtest.h>

#include "s3/attempt.h"
#include "s3/client_fixture_test.h"
#include "s3/multipart.h"

namespace signpost::s3 {
namespace {

using testing::ScriptedTransport;
using testing::ServerReply;
using testing::ServerRequest;

constexpr char kDone[] =
    "<?xml version=\"1.0\"?><CompleteMultipartUploadResult><ETag>&quot;whole-1&quot;</ETag>"
    "</CompleteMultipartUploadResult>";

MultipartUpload Upload() { return {.bucket = TestBucket(), .key = "k", .upload_id = "U1", .attempt_id = "attempt-1"}; }

Result<std::string> Complete(Client& client, const WriteCondition& condition = {}) {
  return CompleteMultipartUpload(client, {}, Upload(), {{.number = 1, .etag = "p", .size = 4, .crc64nvme = 7}},
                                 condition);
}

ServerReply HeadOf(std::string_view attempt) {
  return Answer("", 200, {{"ETag", "\"own\""}, {"x-amz-meta-signpost-attempt", std::string(attempt)}});
}

ServerReply Lost() {
  ServerReply reply = Answer(kDone);
  reply.cut_after = 0;
  reply.reset = true;
  return reply;
}

int CountOf(const std::vector<ServerRequest>& requests, std::string_view method) {
  return static_cast<int>(std::ranges::count(requests, method, &ServerRequest::method));
}

TEST(S3Faults, N6_AnErrorUnderStatus200OfCompleteIsRetried) {
  for (const std::string& body : {ErrorBody("InternalError"), "  \n" + ErrorBody("SlowDown"), std::string(),
                                  std::string(" \n "), std::string(kDone).substr(0, 60)}) {
    ServerWorld world([&](const ServerRequest& request) { return Answer(request.number < 2 ? body : kDone); });
    const auto completed = Complete(world.client());
    ASSERT_TRUE(completed) << completed.error().ToString();
    EXPECT_EQ(*completed, "whole-1");
    EXPECT_EQ(world.server().request_count(), 3);
  }
}

TEST(S3Faults, N6_ADenialUnderStatus200OfCompleteIsFinal) {
  ServerWorld world([](const ServerRequest&) { return Answer(ErrorBody("AccessDenied")); });
  ExpectError(Complete(world.client()), ErrorCode::kDenied, "AccessDenied");
  EXPECT_EQ(world.server().request_count(), 1);
}

TEST(S3Faults, N7_WhiteSpaceBeforeTheResultOfCompleteIsWaitedThrough) {
  ServerWorld world([](const ServerRequest&) {
    ServerReply reply = Answer(std::string(300, ' ') + kDone);
    reply.drip_bytes = 20;
    reply.drip_interval = std::chrono::milliseconds(2);
    return reply;
  });
  const auto completed = Complete(world.client());
  ASSERT_TRUE(completed) << completed.error().ToString();
  EXPECT_EQ(world.server().request_count(), 1);
}

TEST(S3Faults, N7_CompleteIsGivenMinutesAndNoLeastSpeed) {
  ScriptedTransport transport([](const http::Request&, int) -> Result<http::Response> {
    return http::Response{.status = 200, .headers = {}, .body = kDone};
  });
  ClientWorld world(&transport);
  ASSERT_TRUE(Complete(world.client()));
  const http::Request request = transport.sent().at(0).request;
  EXPECT_GE(request.idle_timeout, std::chrono::minutes(10));
  EXPECT_EQ(request.min_bytes_per_second, 0);
}

TEST(S3Faults, N8_ALostAnswerOfCompleteIsFoundOutByTheAttemptId) {
  for (const char* code : {"NoSuchUpload", "PreconditionFailed"}) {
    ServerWorld world([&](const ServerRequest& request) {
      if (request.method == "HEAD") return HeadOf("attempt-1");
      return request.number == 0 ? Lost() : ErrorAnswer(std::string_view(code) == "NoSuchUpload" ? 404 : 412, code);
    });
    const auto completed = Complete(world.client());
    ASSERT_TRUE(completed) << completed.error().ToString();
    EXPECT_EQ(*completed, "own");
    EXPECT_EQ(CountOf(world.server().requests(), "POST"), 2);
  }
}

TEST(S3Faults, N8_AnUploadThatIsGoneAndAnObjectOfSomebodyElseIsAFailure) {
  for (const bool object_exists : {true, false}) {
    ServerWorld world([&](const ServerRequest& request) {
      if (request.method == "HEAD") return object_exists ? HeadOf("attempt-2") : Answer("", 404);
      return request.number == 0 ? Lost() : ErrorAnswer(404, "NoSuchUpload");
    });
    ExpectError(Complete(world.client()), ErrorCode::kNotFound, "NoSuchUpload");
  }
}

TEST(S3Faults, N8_AnAnswerOfCompleteWithoutAnEtagIsCompletedByAsking) {
  ServerWorld world([](const ServerRequest& request) {
    if (request.method == "HEAD") return HeadOf("attempt-1");
    return Answer("<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>");
  });
  const auto completed = Complete(world.client());
  ASSERT_TRUE(completed) << completed.error().ToString();
  EXPECT_EQ(*completed, "own");
  EXPECT_EQ(world.server().request_count(), 2);
}

TEST(S3Faults, N9_AConflictOfAConditionalPutIsRetried) {
  ServerWorld world([](const ServerRequest& request) {
    if (request.number == 0) return ErrorAnswer(409, "ConditionalRequestConflict");
    return Answer("", 200, {{"ETag", "\"e\""}});
  });
  const auto put = PutObject(world.client(), {}, TestBucket(), "k", "body", {}, {.if_none_match = true});
  ASSERT_TRUE(put) << put.error().ToString();
  EXPECT_EQ(world.server().request_count(), 2);
  EXPECT_EQ(world.server().requests()[1].headers.Find("if-none-match"), "*");
}

TEST(S3Faults, N9_AConflictOfAConditionalCompleteLosesTheRace) {
  ServerWorld world([](const ServerRequest& request) {
    return request.method == "HEAD" ? HeadOf("attempt-2") : ErrorAnswer(409, "ConditionalRequestConflict");
  });
  ExpectError(Complete(world.client(), {.if_none_match = true}), ErrorCode::kConflict, "ConditionalRequestConflict");
  EXPECT_EQ(CountOf(world.server().requests(), "POST"), 1);
}

TEST(S3Faults, N10_AFailedPreconditionSaysThatSomebodyElseWon) {
  ServerWorld world([](const ServerRequest& request) {
    return request.method == "HEAD" ? HeadOf("attempt-2") : ErrorAnswer(412, "PreconditionFailed");
  });
  const ObjectAttributes attributes{.metadata = {{kAttemptMetadata, "attempt-1"}}};
  ExpectError(PutObject(world.client(), {}, TestBucket(), "k", "body", attributes, {.if_none_match = true}),
              ErrorCode::kConflict, "PreconditionFailed");
  EXPECT_EQ(CountOf(world.server().requests(), "PUT"), 1);
}

TEST(S3Faults, N10_AFailedPreconditionAfterALostAnswerIsOurOwnObject) {
  ServerWorld world([](const ServerRequest& request) {
    if (request.method == "HEAD") return HeadOf("attempt-1");
    return request.number == 0 ? Lost() : ErrorAnswer(412, "PreconditionFailed");
  });
  const ObjectAttributes attributes{.metadata = {{kAttemptMetadata, "attempt-1"}}};
  const auto put = PutObject(world.client(), {}, TestBucket(), "k", "body", attributes, {.if_none_match = true});
  ASSERT_TRUE(put) << put.error().ToString();
  EXPECT_EQ(*put, "own");
}

TEST(S3Faults, N21_APartOfAnUploadThatIsGoneFailsAtOnce) {
  ServerWorld world([](const ServerRequest&) { return ErrorAnswer(404, "NoSuchUpload"); });
  const auto part = UploadPart(world.client(), {}, Upload(), 3, "body");
  ExpectError(part, ErrorCode::kNotFound, "NoSuchUpload");
  EXPECT_EQ(part.error().request_id, "REQUEST1");
  EXPECT_EQ(world.server().request_count(), 1);
}

TEST(S3Faults, N22_APartWithoutEtagOrWithAnotherChecksumIsSentAgain) {
  const std::vector<std::pair<std::string, std::string>> none;
  const std::vector<std::pair<std::string, std::string>> other = {{"ETag", "\"e\""},
                                                                  {"x-amz-checksum-crc64nvme", "AAAAAAAAAAA="}};
  for (const auto& headers : {none, other}) {
    ServerWorld mended([&](const ServerRequest& request) {
      return Answer("", 200,
                    request.number == 0 ? headers : std::vector{std::pair<std::string, std::string>("ETag", "\"e\"")});
    });
    const auto part = UploadPart(mended.client(), {}, Upload(), 3, "123456789");
    ASSERT_TRUE(part) << part.error().ToString();
    EXPECT_EQ(part->etag, "e");
    EXPECT_EQ(part->size, 9u);
    const auto requests = mended.server().requests();
    ASSERT_EQ(requests.size(), 2u);
    EXPECT_EQ(requests[1].body, "123456789");
    EXPECT_EQ(requests[1].query.at("partNumber"), "3");
    EXPECT_EQ(requests[1].query.at("uploadId"), "U1");
    EXPECT_EQ(requests[1].headers.Find("x-amz-checksum-crc64nvme"), "rosUhgp5mIg=");

    ServerWorld endless([&](const ServerRequest&) { return Answer("", 200, headers); });
    ExpectError(UploadPart(endless.client(), {}, Upload(), 3, "123456789"), ErrorCode::kUnavailable);
    EXPECT_EQ(endless.server().request_count(), http::RetryPolicy{}.max_attempts);
  }
}

}  // namespace
}  // namespace signpost::s3
