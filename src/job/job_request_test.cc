#include "job/job_request.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::job {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

TEST(ParseExpiresIn, TakesSecondsAndUnits) {
  EXPECT_EQ(*ParseExpiresIn("1"), seconds(1));
  EXPECT_EQ(*ParseExpiresIn("900"), seconds(900));
  EXPECT_EQ(*ParseExpiresIn("900s"), seconds(900));
  EXPECT_EQ(*ParseExpiresIn("15m"), seconds(900));
  EXPECT_EQ(*ParseExpiresIn("12h"), seconds(43'200));
  EXPECT_EQ(*ParseExpiresIn("7d"), seconds(604'800));
  EXPECT_EQ(*ParseExpiresIn("604800"), seconds(604'800));
}

class I4_ExpiryOutsideTheRange : public ::testing::TestWithParam<const char*> {};

TEST_P(I4_ExpiryOutsideTheRange, IsRefusedWithTheRangeAndNeverClamped) {
  const auto parsed = ParseExpiresIn(GetParam());
  ASSERT_FALSE(parsed) << GetParam();
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(parsed.error().message, HasSubstr("from 1 to 604800"));
}

INSTANTIATE_TEST_SUITE_P(Values, I4_ExpiryOutsideTheRange,
                         ::testing::Values("0", "-1", "604801", "8d", "169h", "1e18", "1.5", "3600x", "", " 5", "5 ",
                                           "+5", "null", "true", "\"3600\"", "18446744073709551616",
                                           "18446744073709551615d", "9223372036854775807h", "0x10", "m", "1dd"));

TEST(I5_Concurrency, IsFrom1To1024) {
  EXPECT_EQ(*ParseConcurrency("1"), 1);
  EXPECT_EQ(*ParseConcurrency("1024"), 1024);
  for (const char* text : {"0", "-1", "1025", "1000000000", "99999999999999999999", "ten", "", "1.0", "8 "}) {
    const auto parsed = ParseConcurrency(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("from 1 to 1024"));
  }
}

TEST(ParseLookahead, TakesBinaryUnitsFrom1MiBTo64GiB) {
  EXPECT_EQ(*ParseLookahead("1MiB"), std::size_t{1} << 20);
  EXPECT_EQ(*ParseLookahead("8M"), std::size_t{8} << 20);
  EXPECT_EQ(*ParseLookahead("2097152"), std::size_t{2} << 20);
  EXPECT_EQ(*ParseLookahead("64GiB"), std::size_t{64} << 30);
  for (const char* text : {"0", "1023K", "65GiB", "1MB", "-1M", "", "18446744073709551615G"}) {
    const auto parsed = ParseLookahead(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("1MiB to 64GiB"));
  }
}

TEST(ParseOutput, TellsTheKindsApart) {
  const auto prefix = ParseOutput("s3://bucket/manifests/");
  ASSERT_TRUE(prefix);
  EXPECT_TRUE(std::get<S3Target>(*prefix).IsPrefix());
  const auto key = ParseOutput("s3://bucket/acme.ndjson.gz");
  ASSERT_TRUE(key);
  EXPECT_FALSE(std::get<S3Target>(*key).IsPrefix());
  EXPECT_TRUE(std::get<S3Target>(*ParseOutput("s3://bucket")).IsPrefix());
  EXPECT_EQ(std::get<FileTarget>(*ParseOutput("out/manifest.gz")).path, "out/manifest.gz");
  EXPECT_TRUE(std::holds_alternative<StandardOutputTarget>(*ParseOutput("-")));
}

TEST(ParseOutput, RefusesFoldersOtherSchemesAndBadBuckets) {
  for (const char* text : {"", "folder/", "https://host/file", "file:///tmp/x", "s3://B/x", "s3://"}) {
    EXPECT_FALSE(ParseOutput(text)) << text;
  }
}

JobRequest RequestOf(std::string_view source, std::string_view output) {
  auto uri = S3Uri::Parse(source);
  return {.bucket = uri->bucket, .prefix = uri->key, .output = *ParseOutput(output)};
}

TEST(I7_OutputInsideTheListing, IsLeftOutOfTheManifest) {
  const OutputFilter whole(RequestOf("s3://bkt/", "s3://bkt/manifests/"));
  EXPECT_TRUE(whole.active());
  EXPECT_TRUE(whole.Excludes("manifests/0123.ndjson.gz"));
  EXPECT_FALSE(whole.Excludes("manifests"));
  EXPECT_FALSE(whole.Excludes("data/manifests/x"));
  const OutputFilter single(RequestOf("s3://bkt/data/", "s3://bkt/data/list.gz"));
  EXPECT_TRUE(single.Excludes("data/list.gz"));
  EXPECT_FALSE(single.Excludes("data/list.gz.old"));
}

TEST(I7_OutputInsideTheListing, IsFoundInAPageByItsFirstAndLastKey) {
  const OutputFilter whole(RequestOf("s3://bkt/", "s3://bkt/manifests/"));
  const OutputFilter single(RequestOf("s3://bkt/data/", "s3://bkt/data/list.gz"));
  const std::vector<std::string> keys = {"a",          "data/list.g", "data/list.gz", "data/list.gz.old", "manifests",
                                         "manifests.", "manifests/",  "manifests/0",  "manifests/\xff",   "manifests0"};
  for (auto first = keys.begin(); first != keys.end(); ++first) {
    for (auto last = first; last != keys.end(); ++last) {
      for (const OutputFilter& filter : {whole, single}) {
        const bool any = std::any_of(first, last + 1, [&](const std::string& key) { return filter.Excludes(key); });
        EXPECT_EQ(filter.ExcludesWithin(*first, *last), any) << *first << " to " << *last;
      }
    }
  }
}

TEST(I7_OutputElsewhere, LeavesEveryKeyIn) {
  EXPECT_FALSE(OutputFilter(RequestOf("s3://bkt/data/", "s3://bkt/manifests/")).active());
  EXPECT_FALSE(OutputFilter(RequestOf("s3://bkt/", "s3://other/manifests/")).active());
  EXPECT_FALSE(OutputFilter(RequestOf("s3://bkt/", "manifest.gz")).active());
}

TEST(I7_ListingInsideTheOutput, IsRefusedWhereManifestsWouldBeListed) {
  EXPECT_FALSE(Validate(RequestOf("s3://bkt/manifests/", "s3://bkt/manifests/")));
  EXPECT_FALSE(Validate(RequestOf("s3://bkt/manifests/ab", "s3://bkt/manifests/")));
  EXPECT_FALSE(Validate(RequestOf("s3://bkt", "s3://bkt/")));
  EXPECT_TRUE(Validate(RequestOf("s3://bkt/manifests/2026/", "s3://bkt/manifests/")));
  EXPECT_FALSE(Validate(RequestOf("s3://bkt/a", "s3://bkt/")));
  EXPECT_TRUE(Validate(RequestOf("s3://bkt/data/", "s3://bkt/")));
  EXPECT_TRUE(Validate(RequestOf("s3://bkt/data", "s3://bkt/")));
  EXPECT_TRUE(Validate(RequestOf("s3://bkt/manifests/", "s3://other/manifests/")));
}

TEST(JobRequest, CompressesForS3AndGzFilesUnlessToldOtherwise) {
  using manifest::Compression;
  EXPECT_EQ(RequestOf("s3://bkt", "s3://bkt/manifests/").ResolvedCompression(), Compression::kGzip);
  EXPECT_EQ(RequestOf("s3://bkt", "a.gz").ResolvedCompression(), Compression::kGzip);
  EXPECT_EQ(RequestOf("s3://bkt", "a.ndjson").ResolvedCompression(), Compression::kNone);
  EXPECT_EQ(RequestOf("s3://bkt", "-").ResolvedCompression(), Compression::kNone);
  JobRequest told = RequestOf("s3://bkt", "-");
  told.compression = Compression::kGzip;
  EXPECT_EQ(told.ResolvedCompression(), Compression::kGzip);
}

}  // namespace
}  // namespace signpost::job
