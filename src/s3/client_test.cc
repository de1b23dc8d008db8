#include "s3/client.h"

#include <gtest/gtest.h>

#include "s3/client_fixture_test.h"
#include "s3/get_object.h"
#include "s3/multipart.h"

namespace signpost::s3 {
namespace {

using testing::ScriptedTransport;
using testing::ServerReply;
using testing::ServerRequest;

/// The request that a client with `options` sends for `operation`.
http::Request SentFor(ClientOptions options, const Operation& operation) {
  ScriptedTransport transport([](const http::Request&, int) -> Result<http::Response> {
    return http::Response{.status = 200, .headers = {}, .body = {}};
  });
  ClientWorld world(&transport, std::move(options));
  http::Response response;
  const Status sent = world.client().Send({}, operation, &response);
  EXPECT_TRUE(sent) << sent.error().ToString();
  return transport.sent().at(0).request;
}

TEST(Client, AddressesTheRegionalHostAndEncodesTheKeyOnce) {
  const Operation operation{
      .bucket = TestBucket(), .key = "a b/../%41+//\xc3\xa9", .query = {{"x", "1/2+"}, {"uploads", ""}}};
  EXPECT_EQ(SentFor({.region = {"eu-central-1"}}, operation).url,
            "https://bucket.s3.eu-central-1.amazonaws.com/a%20b/../%2541%2B//%C3%A9?x=1%2F2%2B&uploads=");
}

TEST(Client, AddressesDottedBucketsAndCustomEndpointsByPath) {
  const Operation dotted{.bucket = *Bucket::Parse("a.b"), .key = "k"};
  EXPECT_EQ(SentFor({.region = {"us-east-1"}}, dotted).url, "https://s3.us-east-1.amazonaws.com/a.b/k");
  const Operation plain{.bucket = TestBucket(), .key = "k"};
  EXPECT_EQ(SentFor({.region = {"us-east-1"}, .endpoint = {.endpoint_url = "http://127.0.0.1:9000"}}, plain).url,
            "http://127.0.0.1:9000/bucket/k");
}

TEST(Client, SignsTheBodyAndTheOptionsThatGoWithEveryRequest) {
  const Operation operation{.method = "PUT", .bucket = TestBucket(), .key = "k", .body = "abc"};
  const http::Request request =
      SentFor({.region = {"us-east-1"}, .request_payer = true, .expected_bucket_owner = "123456789012"}, operation);
  EXPECT_EQ(request.headers.Find("x-amz-request-payer"), "requester");
  EXPECT_EQ(request.headers.Find("x-amz-expected-bucket-owner"), "123456789012");
  EXPECT_EQ(request.headers.Find("x-amz-content-sha256"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string_view authorization = request.headers.Find("authorization").value_or("");
  EXPECT_NE(authorization.find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-expected-bucket-owner;"
                               "x-amz-request-payer,"),
            std::string_view::npos)
      << authorization;
}

TEST(Client, SaysWhatWasTriedInAnError) {
  ScriptedTransport transport(
      [](const http::Request&, int) -> Result<http::Response> { return Fail(ErrorCode::kInternal, "no files left"); });
  ClientWorld world(&transport);
  http::Response response;
  const Status sent = world.client().Send({}, {.what = "doing this", .bucket = TestBucket()}, &response);
  ExpectError(sent, ErrorCode::kInternal);
  EXPECT_EQ(sent.error().message, "doing this: no files left");
}

TEST(HeadObject, ReadsSizeEtagAndMetadata) {
  ServerWorld world([](const ServerRequest&) {
    ServerReply reply =
        Answer("", 200, {{"ETag", "\"e\""}, {"Content-Type", "text/csv"}, {"X-Amz-Meta-Signpost-Attempt", "a"}});
    reply.content_length = 12345678901;
    return reply;
  });
  const auto head = HeadObject(world.client(), {}, TestBucket(), "k");
  ASSERT_TRUE(head) << head.error().ToString();
  EXPECT_EQ(head->size, 12345678901u);
  EXPECT_EQ(head->etag, "e");
  EXPECT_EQ(head->content_type, "text/csv");
  EXPECT_EQ(head->storage_class, "STANDARD");
  EXPECT_EQ(head->metadata.at("signpost-attempt"), "a");
}

TEST(GetObjectRange, AsksForExactlyTheBytesAndKeepsNoMore) {
  ServerWorld world([](const ServerRequest&) { return Answer("0123456789", 200); });
  const auto range = GetObjectRange(world.client(), {}, TestBucket(), "k", {.first = 0, .length = 4}, "e");
  ASSERT_TRUE(range) << range.error().ToString();
  EXPECT_EQ(*range, "0123");
  const ServerRequest request = world.server().requests().at(0);
  EXPECT_EQ(request.headers.Find("range"), "bytes=0-3");
  EXPECT_EQ(request.headers.Find("if-match"), "\"e\"");
}

TEST(GetObjectRange, RefusesTheWholeObjectWhereAMiddleWasAskedFor) {
  ServerWorld world([](const ServerRequest&) { return Answer("0123456789", 200); });
  ExpectError(GetObjectRange(world.client(), {}, TestBucket(), "k", {.first = 4, .length = 4}), ErrorCode::kInternal);
}

TEST(Multipart, CreatesWithAFullObjectChecksumAndTheAttemptId) {
  ServerWorld world([](const ServerRequest&) {
    return Answer("<InitiateMultipartUploadResult><UploadId>U&amp;1</UploadId></InitiateMultipartUploadResult>");
  });
  const auto upload = CreateMultipartUpload(world.client(), {}, TestBucket(), "k", {.content_type = "text/csv"}, "a1");
  ASSERT_TRUE(upload) << upload.error().ToString();
  EXPECT_EQ(upload->upload_id, "U&1");
  const ServerRequest request = world.server().requests().at(0);
  EXPECT_EQ(request.headers.Find("x-amz-checksum-algorithm"), "CRC64NVME");
  EXPECT_EQ(request.headers.Find("x-amz-checksum-type"), "FULL_OBJECT");
  EXPECT_EQ(request.headers.Find("x-amz-meta-signpost-attempt"), "a1");
  EXPECT_EQ(request.headers.Find("content-type"), "text/csv");
}

TEST(Multipart, ListsPartsOverPagesAndRefusesAMarkerThatRepeats) {
  const auto page = [](int number, std::string_view next) {
    return fmt::format(
        "<ListPartsResult><Part><PartNumber>{0}</PartNumber><ETag>&quot;e{0}&quot;</ETag><Size>5242880</Size></Part>"
        "<IsTruncated>{1}</IsTruncated><NextPartNumberMarker>{2}</NextPartNumberMarker></ListPartsResult>",
        number, next.empty() ? "false" : "true", next);
  };
  const MultipartUpload upload{.bucket = TestBucket(), .key = "k", .upload_id = "U", .attempt_id = "a"};
  ServerWorld world([&](const ServerRequest& request) {
    return Answer(request.query.contains("part-number-marker") ? page(2, "") : page(1, "1"));
  });
  const auto parts = ListParts(world.client(), {}, upload);
  ASSERT_TRUE(parts) << parts.error().ToString();
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[1].number, 2);
  EXPECT_EQ((*parts)[1].etag, "e2");
  EXPECT_EQ((*parts)[1].size, 5242880u);

  ServerWorld endless([&](const ServerRequest&) { return Answer(page(1, "1")); });
  ExpectError(ListParts(endless.client(), {}, upload), ErrorCode::kDataLoss);
  EXPECT_EQ(endless.server().request_count(), 2);
}

TEST(Multipart, AbortsAnUploadThatIsGoneWithSuccess) {
  ServerWorld world([](const ServerRequest&) { return ErrorAnswer(404, "NoSuchUpload"); });
  EXPECT_TRUE(AbortMultipartUpload(world.client(), {}, {.bucket = TestBucket(), .key = "k", .upload_id = "U"}));
}

}  // namespace
}  // namespace signpost::s3
