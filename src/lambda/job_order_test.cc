#include "lambda/job_order.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::lambda {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

FunctionSettings Settings(const std::string& allow = "s3://data/", const std::string& output = "s3://out/manifests/") {
  FunctionSettings settings;
  settings.allow = *AllowList::Parse(allow);
  if (!output.empty()) settings.output = *ParseRoot(output);
  settings.memory_bytes = std::size_t{1024} << 20;
  return settings;
}

/// The job with `more` members beside the bucket.
json JobWith(const json& more = json::object()) {
  json job = {{"bucket", "data"}};
  job.update(more);
  return job;
}

std::string OrderRefusal(const json& job, const FunctionSettings& settings = Settings()) {
  const auto order = ReadJob(job, settings);
  return order ? "taken" : order.error().type + ": " + order.error().message;
}

TEST(ReadJob, TakesTheCommandsDefaults) {
  const auto order = ReadJob(JobWith(), Settings());
  ASSERT_TRUE(order) << order.error().message;
  const job::JobRequest& request = order->request;
  EXPECT_EQ(request.bucket.name(), "data");
  EXPECT_EQ(request.prefix, "");
  EXPECT_EQ(request.concurrency, 32);
  EXPECT_EQ(request.urls.expires_in, std::chrono::minutes(15));
  EXPECT_EQ(request.format, manifest::Format::kNdjson);
  EXPECT_EQ(request.lookahead_bytes, std::size_t{64} << 20);
  EXPECT_EQ(std::get<job::S3Target>(request.output).bucket.name(), "out");
  EXPECT_EQ(std::get<job::S3Target>(request.output).key, "manifests/");
}

TEST(ReadJob, TakesEveryMember) {
  const auto order = ReadJob(JobWith({{"prefix", "p/"},
                                      {"output", "s3://out/manifests/team/"},
                                      {"format", "csv"},
                                      {"compress", "none"},
                                      {"concurrency", 1024},
                                      {"lookahead", "8MiB"},
                                      {"listing", "serial"},
                                      {"expires_in", 604800},
                                      {"allow_short_lived", true},
                                      {"request_payer", true},
                                      {"expected_bucket_owner", "123456789012"},
                                      {"response_content_disposition", "attachment"},
                                      {"response_content_type", "text/plain"}}),
                             Settings());
  ASSERT_TRUE(order) << order.error().message;
  const job::JobRequest& request = order->request;
  EXPECT_EQ(request.prefix, "p/");
  EXPECT_EQ(std::get<job::S3Target>(request.output).key, "manifests/team/");
  EXPECT_EQ(request.format, manifest::Format::kCsv);
  EXPECT_EQ(request.compression, manifest::Compression::kNone);
  EXPECT_EQ(request.concurrency, 1024);
  EXPECT_EQ(request.lookahead_bytes, std::size_t{8} << 20);
  EXPECT_EQ(request.order, listing::KeyOrder::kServer);
  EXPECT_EQ(request.urls.expires_in, std::chrono::hours(24 * 7));
  EXPECT_TRUE(request.urls.allow_short_lived);
  EXPECT_TRUE(order->request_payer);
  EXPECT_EQ(order->expected_bucket_owner, "123456789012");
  EXPECT_EQ(request.urls.signed_query, (SignedQuery{{"x-amz-request-payer", "requester"},
                                                    {"response-content-disposition", "attachment"},
                                                    {"response-content-type", "text/plain"}}));
}

TEST(ReadJob, TellsAllProblemsInOneMessage) {
  EXPECT_THAT(OrderRefusal({{"prefix", 7},
                            {"concurrency", 0},
                            {"expires_in", "3600"},
                            {"format", "xml"},
                            {"output", "s3://UPPER/"},
                            {"request_payer", "yes"},
                            {"expected_bucket_owner", "me"},
                            {"endpoint_url", "http://evil"},
                            {"pefix", "x"}}),
              AllOf(HasSubstr("Function.InvalidRequest"), HasSubstr("bucket: is missing"),
                    HasSubstr("prefix: must be a string"), HasSubstr("concurrency: '0'"),
                    HasSubstr("expires_in: must be a whole number"), HasSubstr("format: "), HasSubstr("output: "),
                    HasSubstr("request_payer: must be true or false"), HasSubstr("expected_bucket_owner: "),
                    HasSubstr("not known: 'endpoint_url', 'pefix'")));
}

TEST(ReadJob, Q4_NamesUnknownMembersUpToABound) {
  json job = JobWith();
  for (int i = 0; i < 5000; ++i) job["x" + std::to_string(i)] = i;
  const std::string refusal = OrderRefusal(job);
  EXPECT_THAT(refusal, HasSubstr("and 4990 more"));
  EXPECT_LT(refusal.size(), 500U);
}

TEST(ReadJob, NeverTakesFromTheEventWhereToAskOrAsWhom) {
  for (const char* name : {"endpoint", "endpoint_url", "host", "region", "profile", "role_arn", "signer_role_arn",
                           "ca_bundle", "addressing_style", "signing_time", "proxy"}) {
    EXPECT_THAT(OrderRefusal(JobWith({{name, "x"}})), HasSubstr("not known: '" + std::string(name))) << name;
  }
}

TEST(ReadJob, I4_RefusesALifeOfUrlsThatIsNoneOrTooLong) {
  for (const json& value : {json(0), json(-1), json(604801), json(1000000000000000000), json(1.5), json("3600"),
                            json(nullptr), json(true), json(1e300)}) {
    EXPECT_THAT(OrderRefusal(JobWith({{"expires_in", value}})), HasSubstr("expires_in")) << value;
  }
  EXPECT_THAT(OrderRefusal(json::parse(R"({"bucket":"data","expires_in":99999999999999999999999})")),
              HasSubstr("expires_in: must be a whole number"));
}

TEST(ReadJob, I5_RefusesAConcurrencyOutOfRange) {
  for (const json& value : {json(0), json(-1), json(1025), json(1000000000), json("32"), json(2.0), json(nullptr)}) {
    EXPECT_THAT(OrderRefusal(JobWith({{"concurrency", value}})), HasSubstr("concurrency")) << value;
  }
}

TEST(ReadJob, RefusesABucketOfTheWrongTypeOnce) {
  const std::string refusal = OrderRefusal({{"bucket", 7}});
  EXPECT_THAT(refusal, HasSubstr("bucket: must be a string"));
  EXPECT_THAT(refusal, Not(HasSubstr("missing")));
}

TEST(ReadJob, CutsWhatItQuotes) {
  EXPECT_LT(OrderRefusal({{"bucket", std::string(1 << 20, 'b')}}).size(), 600U);
  EXPECT_LT(OrderRefusal(JobWith({{"format", std::string(1 << 20, 'f')}})).size(), 600U);
  EXPECT_LT(OrderRefusal(JobWith({{std::string(1 << 20, 'n'), 1}})).size(), 600U);
}

TEST(ReadJob, HoldsToTheFunctionsLongestLife) {
  FunctionSettings settings = Settings();
  settings.max_expires_in = std::chrono::seconds(600);
  EXPECT_EQ(ReadJob(JobWith(), settings)->request.urls.expires_in, std::chrono::seconds(600));
  EXPECT_THAT(OrderRefusal(JobWith({{"expires_in", 601}}), settings), HasSubstr("over the 600"));
}

TEST(ReadJob, SharesTheMemoryOfASmallFunction) {
  FunctionSettings settings = Settings();
  settings.memory_bytes = std::size_t{128} << 20;
  EXPECT_EQ(ReadJob(JobWith(), settings)->request.lookahead_bytes, std::size_t{16} << 20);
  EXPECT_THAT(OrderRefusal(JobWith({{"lookahead", "65MiB"}}), settings), HasSubstr("half of the function's memory"));
}

TEST(ReadJob, DeniesWhatIsNotListed) {
  EXPECT_THAT(OrderRefusal(JobWith(), Settings("")), HasSubstr("Function.NotAllowed"));
  EXPECT_THAT(OrderRefusal(JobWith({{"prefix", "team"}}), Settings("s3://data/team/")),
              HasSubstr("Function.NotAllowed"));
  EXPECT_EQ(OrderRefusal(JobWith({{"prefix", "team/x"}}), Settings("s3://data/team/")), "taken");
}

TEST(ReadJob, DeniesAnOutputElsewhere) {
  for (const char* output : {"s3://out/", "s3://out/manifests", "s3://out/manifests-2/x", "s3://other/manifests/"}) {
    EXPECT_THAT(OrderRefusal(JobWith({{"output", output}})), HasSubstr("Function.NotAllowed: the output")) << output;
  }
  EXPECT_EQ(OrderRefusal(JobWith({{"output", "s3://out/manifests/acme.ndjson.gz"}})), "taken");
  for (const char* output : {"-", "/tmp/x", "urls.txt", "https://evil/"}) {
    EXPECT_THAT(OrderRefusal(JobWith({{"output", output}})), HasSubstr("Function.InvalidRequest: output")) << output;
  }
}

TEST(ReadJob, WritesBesideTheSourceWhenNoOutputIsConfigured) {
  const FunctionSettings settings = Settings("s3://data/", "");
  const auto order = ReadJob(JobWith(), settings);
  ASSERT_TRUE(order);
  EXPECT_EQ(std::get<job::S3Target>(order->request.output).bucket.name(), "data");
  EXPECT_EQ(std::get<job::S3Target>(order->request.output).key, "manifests/");
  EXPECT_THAT(OrderRefusal(JobWith({{"output", "s3://out/manifests/"}}), settings), HasSubstr("Function.NotAllowed"));
}

TEST(ReadJob, DeniesASourceThatHoldsOthersManifests) {
  const FunctionSettings settings = Settings("s3://data/", "s3://data/manifests/");
  EXPECT_THAT(OrderRefusal(JobWith({{"prefix", "manifests/"}}), settings), HasSubstr("holds manifests"));
  EXPECT_THAT(OrderRefusal(JobWith({{"prefix", "manifests/team/"}}), settings), HasSubstr("holds manifests"));
  EXPECT_THAT(OrderRefusal(JobWith({{"output", "s3://data/manifests/team/"}}), settings),
              HasSubstr("holds other manifests"));
  EXPECT_EQ(OrderRefusal(JobWith(), settings), "taken") << "the output prefix is left out of the listing";
  EXPECT_EQ(OrderRefusal(JobWith({{"prefix", "src/"}, {"output", "s3://data/manifests/team/"}}), settings), "taken");
}

TEST(ReadJob, RefusesASourceThatHoldsTheRecordsOfJobs) {
  FunctionSettings settings = Settings();
  settings.idempotency = idempotency::S3Address{*Bucket::Parse("data"), "locks/"};
  EXPECT_THAT(OrderRefusal(JobWith(), settings), HasSubstr("the manifest would list the records"));
  EXPECT_EQ(OrderRefusal(JobWith({{"prefix", "src/"}}), settings), "taken");
}

}  // namespace
}  // namespace signpost::lambda
