#include <gmock/gmock.h>

#include "contract_world.h"
#include "s3/get_object.h"
#include "s3/multipart.h"

namespace signpost::s3 {
namespace {

class S3MultipartContract : public S3Contract {
 protected:
  MultipartUpload Begin(std::string_view name) {
    const auto upload = CreateMultipartUpload(client(), {}, bucket(), Key(name), {.content_type = "text/csv"}, "a1");
    ExpectOk(upload);
    return upload ? *upload : MultipartUpload{.bucket = bucket(), .key = Key(name), .upload_id = "none"};
  }

  UploadedPart Part(const MultipartUpload& upload, int number, std::string_view body) {
    const auto part = UploadPart(client(), {}, upload, number, body);
    ExpectOk(part);
    return part ? *part : UploadedPart{};
  }
};

TEST_F(S3MultipartContract, JoinsPartsThatWereSentInAnyOrder) {
  const MultipartUpload upload = Begin("whole +");
  const std::string first(kMinPartBytes, '1');
  const UploadedPart second = Part(upload, 2, "the end");
  const std::vector<UploadedPart> parts = {Part(upload, 1, first), second};
  const auto completed = CompleteMultipartUpload(client(), {}, upload, parts);
  ASSERT_TRUE(completed) << completed.error().ToString();
  const auto head = HeadObject(client(), {}, bucket(), upload.key);
  ASSERT_TRUE(head) << head.error().ToString();
  EXPECT_EQ(head->size, kMinPartBytes + 7);
  EXPECT_EQ(head->etag, *completed);
  EXPECT_EQ(head->content_type, "text/csv");
  EXPECT_EQ(head->metadata.at("signpost-attempt"), "a1");
  const auto seam = GetObjectRange(client(), {}, bucket(), upload.key, {.first = kMinPartBytes - 2, .length = 100});
  ASSERT_TRUE(seam) << seam.error().ToString();
  EXPECT_EQ(*seam, "11the end");
}

TEST_F(S3MultipartContract, ListsPartsAndKeepsTheLastOfTheSameNumber) {
  const MultipartUpload upload = Begin("k");
  Part(upload, 1, "old");
  const UploadedPart kept = Part(upload, 1, "newer");
  Part(upload, 3, "three");
  const auto parts = ListParts(client(), {}, upload);
  ASSERT_TRUE(parts) << parts.error().ToString();
  ASSERT_EQ(parts->size(), 2u);
  EXPECT_EQ((*parts)[0].number, 1);
  EXPECT_EQ((*parts)[0].etag, kept.etag);
  EXPECT_EQ((*parts)[0].size, 5u);
  EXPECT_EQ((*parts)[1].number, 3);
  ExpectOk(AbortMultipartUpload(client(), {}, upload));
}

TEST_F(S3MultipartContract, N21_AnAbortedUploadTakesNoPartAndLeavesNoObject) {
  const MultipartUpload upload = Begin("k");
  Part(upload, 1, "one");
  ExpectOk(AbortMultipartUpload(client(), {}, upload));
  ExpectOk(AbortMultipartUpload(client(), {}, upload));  // Gone already: a success.
  const auto part = UploadPart(client(), {}, upload, 2, "two");
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().code, ErrorCode::kNotFound) << part.error().ToString();
  EXPECT_FALSE(HeadObject(client(), {}, bucket(), upload.key));
}

TEST_F(S3MultipartContract, CompletesOnlyWhereTheConditionHolds) {
  const MultipartUpload upload = Begin("k");
  const std::vector<UploadedPart> parts = {Part(upload, 1, "mine")};
  Put(upload.key, "theirs");
  const auto completed = CompleteMultipartUpload(client(), {}, upload, parts, {.if_none_match = true});
  EXPECT_EQ(!completed, Differences().knows_conditional_complete);
  if (!completed) {
    EXPECT_EQ(completed.error().code, ErrorCode::kConflict) << completed.error().ToString();
    ExpectOk(AbortMultipartUpload(client(), {}, upload));
  }
}

}  // namespace
}  // namespace signpost::s3
