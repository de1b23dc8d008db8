#include "job/job_identity.h"

#include <set>

#include <gtest/gtest.h>

#include "job/once_data.h"

namespace signpost::job {
namespace {

JobRequest Plain(std::string prefix = "2026/") {
  return {.bucket = *Bucket::Parse("data"),
          .prefix = std::move(prefix),
          .output = S3Target{*Bucket::Parse("data"), "manifests/"}};
}

TEST(JobIdentity, IsTheHashOfBucketAndPrefixWhenAllElseIsDefault) {
  // printf 'data#2026/' | sha256sum
  EXPECT_EQ(IdentityOf(Plain()).id, "1e0913bbab5e0ece90b6673ee1796058");
  EXPECT_EQ(IdentityOf(Plain()).id.size(), 32u);
}

TEST(JobIdentity, AddsTheUnusualOptionsAsSortedJson) {
  JobRequest request = Plain();
  request.urls.expires_in = std::chrono::hours(12);
  request.format = manifest::Format::kCsv;
  // printf 'data#2026/#{"expires_in":43200,"format":"csv"}' | sha256sum
  EXPECT_EQ(IdentityOf(request).id, "9b28085e0ea1e48a7d9f703c3e81b78c");
}

TEST(JobIdentity, DoesNotDependOnTheWayToTheManifest) {
  JobRequest request = Plain();
  request.concurrency = 1;
  request.lookahead_bytes = 1 << 20;
  request.urls.allow_short_lived = true;
  request.compression = manifest::Compression::kGzip;  // As it would be anyway.
  EXPECT_EQ(IdentityOf(request).id, IdentityOf(Plain()).id);
  EXPECT_EQ(IdentityOf(request).validation, IdentityOf(Plain()).validation);
}

TEST(JobIdentity, DiffersForEverythingThatShapesTheManifest) {
  std::vector<JobRequest> requests(9, Plain());
  requests[1].prefix = "2026";
  requests[2].bucket = *Bucket::Parse("dat");
  requests[3].format = manifest::Format::kUrls;
  requests[4].compression = manifest::Compression::kNone;
  requests[5].order = listing::KeyOrder::kServer;
  requests[6].urls.signing_time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  requests[7].urls.signed_query = {{"x-amz-request-payer", "requester"}};
  requests[8].output = S3Target{*Bucket::Parse("data"), "manifests/fixed"};
  std::set<std::string> ids;
  std::set<std::string> validations;
  for (const JobRequest& request : requests) {
    ids.insert(IdentityOf(request).id);
    validations.insert(IdentityOf(request).validation);
  }
  EXPECT_EQ(ids.size(), requests.size());
  EXPECT_EQ(validations.size(), requests.size());
}

TEST(JobIdentity, TheDoorsOwnOutputIsTheDefault) {
  JobRequest request = Plain();
  const S3Target handover{*Bucket::Parse("handover"), "m/"};
  request.output = handover;
  EXPECT_EQ(IdentityOf(request, handover).id, IdentityOf(Plain()).id);
  EXPECT_NE(IdentityOf(request).id, IdentityOf(Plain()).id);
}

TEST(JobIdentity, C6_PrefixThatLooksLikeOptionsSharesTheIdButNotTheValidation) {
  JobRequest csv = Plain();
  csv.format = manifest::Format::kCsv;
  const JobRequest look_alike = Plain("2026/#{\"format\":\"csv\"}");
  EXPECT_EQ(IdentityOf(csv).id, IdentityOf(look_alike).id);
  EXPECT_NE(IdentityOf(csv).validation, IdentityOf(look_alike).validation);
}

TEST(JobIdentity, TakesKeysOfAnyBytes) {
  JobRequest request = Plain("\xff\n");
  request.output = S3Target{*Bucket::Parse("data"), "\xfe/"};
  JobRequest other = request;
  other.output = S3Target{*Bucket::Parse("data"), "\xfd/"};
  EXPECT_NE(IdentityOf(request).id, IdentityOf(other).id);
}

OnceData ExampleData() {
  OnceData data{.result = {}, .upload_id = "upload", .attempt_id = "attempt", .validation = "v"};
  data.result.bucket = "out";
  data.result.key = "m/\xff\"\n.csv";
  data.result.format = manifest::Format::kCsv;
  data.result.count = 12;
  data.result.error_count = 1;
  data.result.errors = {{"archived\xfe", "InvalidObjectState", "said \"no\""}};
  data.result.object_bytes = std::uint64_t{1} << 63;
  data.result.manifest_bytes = 77;
  data.result.expires_at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);
  data.result.expires_at_is_upper_bound = true;
  return data;
}

TEST(OnceData, ComesBackAsItWas) {
  const auto back = ParseOnceData(ToJson(ExampleData()));
  ASSERT_TRUE(back) << back.error().ToString();
  EXPECT_EQ(ToJson(*back), ToJson(ExampleData()));
  EXPECT_EQ(back->result.key, ExampleData().result.key);
  EXPECT_EQ(back->result.errors.at(0).key, "archived\xfe");
  EXPECT_EQ(back->result.object_bytes, std::uint64_t{1} << 63);
  EXPECT_TRUE(back->result.expires_at_is_upper_bound);
}

TEST(OnceData, NeverHoldsAUrl) {
  OnceData data = ExampleData();
  data.result.manifest_url = "https://out.s3.amazonaws.com/m?X-Amz-Signature=secret";
  EXPECT_EQ(ToJson(data).find("X-Amz"), std::string::npos);
  EXPECT_EQ(ToJson(data).find("http"), std::string::npos);
}

TEST(OnceData, StaysSmallWhateverTheErrors) {
  OnceData data = ExampleData();
  data.result.errors.assign(100, {std::string(1024, '\xff'), "InvalidObjectState", "archived"});
  const std::string text = ToJson(data);
  EXPECT_LT(text.size(), 100u << 10);
  EXPECT_GT(ParseOnceData(text)->result.errors.size(), 10u);
}

TEST(OnceData, RefusesWhatDoesNotTellOfAManifest) {
  const std::string good = ToJson(ExampleData());
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(ParseOnceData(good.substr(0, size)));
  for (const char* name : {"bucket", "key", "format", "count", "errors", "expires_at", "upload_id", "validation"}) {
    std::string renamed = good;
    renamed.replace(renamed.find('"' + std::string(name) + '"') + 1, 1, "_");
    EXPECT_FALSE(ParseOnceData(renamed)) << name;
  }
  for (const char* text : {"null", "[]", "{}", "\"x\"", "{\"statusCode\":200,\"body\":\"from another program\"}"}) {
    EXPECT_FALSE(ParseOnceData(text)) << text;
  }
}

}  // namespace
}  // namespace signpost::job
