#include "base/bucket.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Bucket, TakesWhatS3sNamingRulesAllow) {
  for (const std::string name :
       {"abc", "my-bucket", "my.dotted.bucket", "0numbers9", "1.2.3", "192.168.5.4.5", "a.b-c",
        "reports-ab1cdefghijklmnopqrstuvw3-s3alias", "arn:aws:s3:eu-central-1:123456789012:accesspoint/reports",
        "arn:aws-cn:s3:cn-north-1:123456789012:accesspoint/abc"}) {
    const auto bucket = Bucket::Parse(name);
    ASSERT_TRUE(bucket) << bucket.error().ToString();
    EXPECT_EQ(bucket->name(), name);
  }
  EXPECT_TRUE(Bucket::Parse(std::string(63, 'a')));
}

TEST(Bucket, TellsDotsAndAccessPointArns) {
  EXPECT_TRUE(Bucket::Parse("my.bucket")->HasDot());
  EXPECT_FALSE(Bucket::Parse("my-bucket")->HasDot());
  EXPECT_TRUE(Bucket::Parse("arn:aws:s3:us-east-1:123456789012:accesspoint/abc")->IsAccessPointArn());
  EXPECT_FALSE(Bucket::Parse("abc-s3alias")->IsAccessPointArn());
}

struct Refusal {
  std::string name;
  std::string rule;  ///< A part of the message.
};

class RefusedBucket : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedBucket, IsRefusedInOneLineThatNamesValueAndRule) {
  const auto bucket = Bucket::Parse(GetParam().name);
  ASSERT_FALSE(bucket);
  EXPECT_EQ(bucket.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(bucket.error().message, HasSubstr(GetParam().rule));
  for (const char c : bucket.error().message) {
    EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_LT(static_cast<unsigned char>(c), 0x7f);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedBucket,
    ::testing::Values(Refusal{"", "3 to 63"}, Refusal{"ab", "3 to 63"}, Refusal{std::string(64, 'a'), "3 to 63"},
                      Refusal{"MyBucket", "only a-z"}, Refusal{"my_bucket", "only a-z"},
                      Refusal{"my bucket", "only a-z"}, Refusal{"my/bucket", "only a-z"},
                      Refusal{"user@host", "'user@host'"}, Refusal{"abc\r\nx: y", "abc\\x0d\\x0ax"},
                      Refusal{std::string("ab\0c", 4), "ab\\x00c"},
                      Refusal{"b\xc3\xbc"
                              "cher",
                              "\\xc3\\xbc"},
                      Refusal{"-abc", "start and end"}, Refusal{"abc-", "start and end"},
                      Refusal{".abc", "start and end"}, Refusal{"abc.", "start and end"}, Refusal{"a..b", "two dots"},
                      Refusal{"192.168.5.4", "IPv4"}, Refusal{"xn--bucket", "'xn--' is reserved"},
                      Refusal{"sthree-bucket", "'sthree-' is reserved"},
                      Refusal{"amzn-s3-demo-bucket", "'amzn-s3-demo-' is reserved"},
                      Refusal{"logs--use1-az4--x-s3", "directory"}, Refusal{"lambda--ol-s3", "Object Lambda"},
                      Refusal{"mfzwi23gnjvgw.mrap", "multi-region"}, Refusal{"tables--table-s3", "table buckets"}));

INSTANTIATE_TEST_SUITE_P(
    Arns, RefusedBucket,
    ::testing::Values(Refusal{"arn:aws:s3", "too few parts"},
                      Refusal{"arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap", "multi-region"},
                      Refusal{"arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1/accesspoint/abc", "Outposts"},
                      Refusal{"arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/abc", "Object Lambda"},
                      Refusal{"arn:aws:sqs:us-east-1:123456789012:queue", "not one of S3"},
                      Refusal{"arn:other:s3:us-east-1:123456789012:accesspoint/abc", "partition"},
                      Refusal{"arn:aws:s3:us-east-1:123456789012:job/abc", "only access points"},
                      Refusal{"arn:aws:s3:us-east-1:12345678901:accesspoint/abc", "12 digits"},
                      Refusal{"arn:aws:s3:us-east-1.evil:123456789012:accesspoint/abc", "region is malformed"},
                      Refusal{"arn:aws:s3:us-east-1:123456789012:accesspoint/ab", "3 to 50"},
                      Refusal{"arn:aws:s3:us-east-1:123456789012:accesspoint/a/b/c", "3 to 50"},
                      Refusal{"arn:aws:s3:us-east-1:123456789012:accesspoint/abc\r\n", "abc\\x0d\\x0a"}));

TEST(S3Uri, KeepsTheRestLiterally) {
  for (const std::string rest :
       {"", "a/b", "/leading", "a//b/../c", "%41+%2F", "s3://x/y", "arn:aws", "k\n\x01\xff", "?#"}) {
    const auto uri = S3Uri::Parse("s3://bucket/" + rest);
    ASSERT_TRUE(uri) << uri.error().ToString();
    EXPECT_EQ(uri->bucket.name(), "bucket");
    EXPECT_EQ(uri->key, rest);
  }
}

TEST(S3Uri, NeedsNoSlashAfterTheBucket) {
  const auto uri = S3Uri::Parse("s3://bucket");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->key, "");
}

TEST(S3Uri, EndsAnAccessPointArnAtTheSlashAfterItsName) {
  const auto uri = S3Uri::Parse("s3://arn:aws:s3:us-east-1:123456789012:accesspoint/reports/2026/a");
  ASSERT_TRUE(uri) << uri.error().ToString();
  EXPECT_EQ(uri->bucket.name(), "arn:aws:s3:us-east-1:123456789012:accesspoint/reports");
  EXPECT_EQ(uri->key, "2026/a");
}

TEST(S3Uri, TakesAKeyOf1024BytesAndRefusesOneMore) {
  EXPECT_TRUE(S3Uri::Parse("s3://bucket/" + std::string(1024, 'k')));
  const auto longer = S3Uri::Parse("s3://bucket/" + std::string(1025, 'k'));
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(longer.error().message, HasSubstr("1025 bytes"));
}

TEST(S3Uri, RefusesOtherSchemesAndBadBuckets) {
  for (const std::string text : {"", "bucket/key", "http://bucket/key", "S3://bucket/key", "s3:/bucket", "s3://",
                                 "s3:///key", "s3://user@bucket/key", "s3://arn:aws:s3"}) {
    const auto uri = S3Uri::Parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(uri.error().message, Not(HasSubstr("\n")));
  }
}

}  // namespace
}  // namespace signpost
