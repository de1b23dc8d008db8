#include "lambda/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::lambda {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

using Variables = std::map<std::string, std::string, std::less<>>;

FunctionSettings Read(Variables variables) {
  auto settings = ReadSettings({.variables = std::move(variables)});
  EXPECT_TRUE(settings) << settings.error().message;
  return settings ? *settings : FunctionSettings{};
}

std::string SettingsRefusal(Variables variables) {
  const auto settings = ReadSettings({.variables = std::move(variables)});
  return settings ? "taken" : settings.error().message;
}

TEST(ReadSettings, AllowsAndLocksNothingByDefault) {
  const FunctionSettings settings = Read({});
  EXPECT_TRUE(settings.allow.empty());
  EXPECT_FALSE(settings.output);
  EXPECT_TRUE(std::holds_alternative<idempotency::NoStore>(settings.idempotency));
  EXPECT_EQ(settings.dedup_ttl, std::chrono::hours(24));
  EXPECT_EQ(settings.max_expires_in, std::chrono::hours(24 * 7));
  EXPECT_EQ(settings.log_level, LogLevel::kInfo);
  EXPECT_FALSE(settings.signer_role_arn);
}

TEST(ReadSettings, TakesEveryVariable) {
  const FunctionSettings settings = Read({{"SIGNPOST_ALLOW", "s3://data/a/ s3://data/b/"},
                                          {"SIGNPOST_OUTPUT", "s3://out/manifests"},
                                          {"SIGNPOST_IDEMPOTENCY", "s3://locks/jobs/"},
                                          {"SIGNPOST_DEDUP_TTL", "3600"},
                                          {"SIGNPOST_SIGNER_ROLE_ARN", "arn:aws:iam::123456789012:role/signer"},
                                          {"SIGNPOST_MAX_EXPIRES_IN", "12h"},
                                          {"SIGNPOST_LOG_LEVEL", "debug"},
                                          {"AWS_LAMBDA_FUNCTION_NAME", "jobs"},
                                          {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"},
                                          {"AWS_REGION", "eu-central-1"},
                                          {"AWS_ENDPOINT_URL", "http://127.0.0.1:1"},
                                          {"AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:2"}});
  EXPECT_TRUE(settings.allow.Allows(*Bucket::Parse("data"), "b/"));
  EXPECT_EQ(settings.output->key, "manifests/");
  EXPECT_EQ(std::get<idempotency::S3Address>(settings.idempotency).prefix, "jobs/");
  EXPECT_EQ(settings.dedup_ttl, std::chrono::hours(1));
  EXPECT_EQ(settings.signer_role_arn, "arn:aws:iam::123456789012:role/signer");
  EXPECT_EQ(settings.max_expires_in, std::chrono::hours(12));
  EXPECT_EQ(settings.log_level, LogLevel::kDebug);
  EXPECT_EQ(settings.function_name, "jobs");
  EXPECT_EQ(settings.memory_bytes, std::size_t{512} << 20);
  EXPECT_EQ(settings.aws.S3Region().name, "eu-central-1");
  EXPECT_EQ(settings.aws.s3.endpoint_url, "http://127.0.0.1:1");
  EXPECT_EQ(settings.aws.sqs_endpoint_url, "http://127.0.0.1:2");
}

TEST(ReadSettings, TakesTheOldNameOfTheTableUnlessTheNewOneIsGiven) {
  EXPECT_EQ(std::get<idempotency::DynamoDbAddress>(Read({{"DEDUP_TABLE", "jobs"}}).idempotency).table, "jobs");
  const FunctionSettings off = Read({{"DEDUP_TABLE", "jobs"}, {"SIGNPOST_IDEMPOTENCY", "off"}});
  EXPECT_TRUE(std::holds_alternative<idempotency::NoStore>(off.idempotency));
}

TEST(ReadSettings, TellsAllThatIsWrongInOneMessage) {
  EXPECT_THAT(
      SettingsRefusal({{"SIGNPOST_ALLOW", "*"},
                       {"SIGNPOST_OUTPUT", "manifests/"},
                       {"SIGNPOST_IDEMPOTENCY", "redis://x"},
                       {"SIGNPOST_DEDUP_TTL", "-1"},
                       {"SIGNPOST_SIGNER_ROLE_ARN", "signer"},
                       {"SIGNPOST_MAX_EXPIRES_IN", "8d"},
                       {"SIGNPOST_LOG_LEVEL", "loud"},
                       {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "much"},
                       {"AWS_ENDPOINT_URL_S3", "s3.local"},
                       {"AWS_REGION", "evil.com/#"}}),
      AllOf(HasSubstr("SIGNPOST_ALLOW"), HasSubstr("SIGNPOST_OUTPUT"), HasSubstr("SIGNPOST_IDEMPOTENCY"),
            HasSubstr("SIGNPOST_DEDUP_TTL"), HasSubstr("SIGNPOST_SIGNER_ROLE_ARN"),
            HasSubstr("SIGNPOST_MAX_EXPIRES_IN"), HasSubstr("SIGNPOST_LOG_LEVEL"),
            HasSubstr("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), HasSubstr("AWS_ENDPOINT_URL_S3"), HasSubstr("AWS_REGION")));
}

TEST(ReadSettings, RefusesSeveralInvocationsAtOnce) {
  EXPECT_THAT(SettingsRefusal({{"AWS_LAMBDA_MAX_CONCURRENCY", "8"}}), HasSubstr("one invocation at a time"));
  EXPECT_EQ(SettingsRefusal({{"AWS_LAMBDA_MAX_CONCURRENCY", "1"}}), "taken");
}

}  // namespace
}  // namespace signpost::lambda
