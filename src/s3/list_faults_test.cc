#include <algorithm>

#include <gtest/gtest.h>

#include "s3/client_fixture_test.h"
#include "s3/list_objects_v2.h"

namespace signpost::s3 {
namespace {

using testing::ServerReply;
using testing::ServerRequest;

std::string Page(std::string_view more = "<IsTruncated>false</IsTruncated>") {
  return fmt::format(
      "<?xml version=\"1.0\"?><ListBucketResult><EncodingType>url</EncodingType>{}"
      "<Contents><Key>a+b</Key><Size>1</Size></Contents><Contents><Key>c</Key><Size>2</Size></Contents>"
      "</ListBucketResult>",
      more);
}

Status List(Client& client, ListPage* page) {
  return ListObjectsV2(client, {}, {.bucket = TestBucket(), .prefix = {}, .start_after = {}, .continuation_token = {}},
                       page);
}

void ExpectTheWholePage(const Status& listed, const ListPage& page) {
  ASSERT_TRUE(listed) << listed.error().ToString();
  ASSERT_EQ(page.objects.size(), 2u);
  EXPECT_EQ(page.objects[0].key, "a b");
  EXPECT_EQ(page.objects[1].key, "c");
}

/// The first answer is `fault`, all further ones are whole: the page must be there, from two requests.
void ExpectMended(const ServerReply& fault) {
  ServerWorld world([&](const ServerRequest& request) { return request.number == 0 ? fault : Answer(Page()); });
  ListPage page;
  const Status listed = List(world.client(), &page);
  ExpectTheWholePage(listed, page);
  EXPECT_EQ(world.server().request_count(), 2);
}

TEST(S3Faults, N1_AnAnswerCutAtAnyByteIsAskedForAgain) {
  constexpr std::size_t kHeadAtMost = 120;
  for (const bool reset : {false, true}) {
    ServerWorld world([&](const ServerRequest& request) {
      ServerReply reply = Answer(Page());
      if (request.number % 2 == 0) {
        reply.cut_after = std::min<std::size_t>(request.number / 2, kHeadAtMost + Page().size());
        reply.reset = reset;
      }
      return reply;
    });
    for (std::size_t cut = 0; cut < Page().size(); ++cut) {
      ListPage page;
      const Status listed = List(world.client(), &page);
      ExpectTheWholePage(listed, page);
      ASSERT_EQ(world.server().request_count(), static_cast<int>(2 * cut + 2)) << "cut after " << cut;
    }
  }
}

TEST(S3Faults, N2_ACleanEndShortOfTheFramingIsAskedForAgain) {
  ServerReply no_last_chunk = Answer(Page());
  no_last_chunk.chunked = true;
  no_last_chunk.last_chunk = false;
  no_last_chunk.close = true;
  ExpectMended(no_last_chunk);
  ServerReply short_body = Answer(Page());
  short_body.content_length = Page().size() + 1;
  short_body.close = true;
  ExpectMended(short_body);
}

TEST(S3Faults, N3_AnAnswerThatIsNoListPageIsAskedForAgainAndNeverTakenAsEmpty) {
  const std::string whole = Page();
  const std::vector<std::string> bodies = {"", whole.substr(0, whole.size() - 1), "<html>proxy</html>",
                                           "<ListAllMyBucketsResult></ListAllMyBucketsResult>"};
  for (const std::string& body : bodies) {
    ExpectMended(Answer(body));
    ServerWorld world([&](const ServerRequest&) { return Answer(body); });
    ListPage page;
    ExpectError(List(world.client(), &page), ErrorCode::kUnavailable);
    EXPECT_EQ(world.server().request_count(), http::RetryPolicy{}.max_attempts);
  }
}

TEST(S3Faults, N3_AnErrorDocumentUnderStatus200IsThatError) {
  ExpectMended(Answer(ErrorBody("SlowDown")));
  ServerWorld world([](const ServerRequest&) { return Answer(ErrorBody("AccessDenied")); });
  ListPage page;
  ExpectError(List(world.client(), &page), ErrorCode::kDenied, "AccessDenied");
  EXPECT_EQ(world.server().request_count(), 1);
}

TEST(S3Faults, N4_TruncatedWithoutATokenFailsAtOnce) {
  ServerWorld world([](const ServerRequest&) { return Answer(Page("<IsTruncated>true</IsTruncated>")); });
  ListPage page;
  const Status listed = List(world.client(), &page);
  ExpectError(listed, ErrorCode::kDataLoss);
  EXPECT_NE(listed.error().message.find("s3://bucket"), std::string::npos) << listed.error().message;
  EXPECT_EQ(world.server().request_count(), 1);
}

TEST(S3Faults, N5_ATruncatedPageWithoutObjectsGoesOn) {
  ServerWorld world([](const ServerRequest&) {
    return Answer(
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t+%2B</NextContinuationToken>"
        "</ListBucketResult>");
  });
  ListPage page;
  ASSERT_TRUE(List(world.client(), &page));
  EXPECT_TRUE(page.objects.empty());
  ASSERT_TRUE(ListObjectsV2(
      world.client(), {},
      {.bucket = TestBucket(), .prefix = "p q", .start_after = {}, .continuation_token = page.next_continuation_token},
      &page));
  const ServerRequest second = world.server().requests().at(1);
  EXPECT_EQ(second.query.at("continuation-token"), "t+%2B");
  EXPECT_EQ(second.query.at("prefix"), "p q");
  EXPECT_EQ(second.query.at("encoding-type"), "url");
  EXPECT_EQ(second.query.at("list-type"), "2");
}

TEST(S3Faults, N19_APermanentRefusalIsNotRepeatedAndCarriesCodeAndRequestId) {
  struct Case {
    int status;
    const char* service_code;
    ErrorCode code;
  };
  for (const Case& each :
       {Case{404, "NoSuchBucket", ErrorCode::kNotFound}, Case{403, "AccessDenied", ErrorCode::kDenied},
        Case{403, "AllAccessDisabled", ErrorCode::kDenied}, Case{400, "KMS.DisabledException", ErrorCode::kDenied},
        Case{403, "InvalidAccessKeyId", ErrorCode::kUnauthenticated},
        Case{403, "SignatureDoesNotMatch", ErrorCode::kUnauthenticated}}) {
    ServerWorld world([&](const ServerRequest&) { return ErrorAnswer(each.status, each.service_code); });
    ListPage page;
    const Status listed = List(world.client(), &page);
    ExpectError(listed, each.code, each.service_code);
    EXPECT_EQ(listed.error().request_id, "REQUEST1");
    EXPECT_EQ(listed.error().http_status, each.status);
    EXPECT_EQ(world.server().request_count(), 1) << each.service_code;
  }
}

}  // namespace
}  // namespace signpost::s3
