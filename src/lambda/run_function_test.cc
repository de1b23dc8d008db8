#include "lambda/run_function.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <random>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/time_format.h"
#include "http/curl_transport.h"
#include "lambda/runtime_api_fixture_test.h"
#include "testing/synthetic_s3.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;
using testing::SyntheticS3;

std::unique_ptr<testing::KeyShape> Keys(std::uint64_t count) {
  return std::move(testing::MakeKeyShape("dates", count).value());
}

/// The whole function, from the Runtime API to S3, both on loopback. Whatever it logs is searched for secrets.
class RunFunctionTest : public ::testing::Test {
 protected:
  static constexpr char kSecret[] = "PLANTED-SECRET";
  static constexpr char kToken[] = "PLANTED-TOKEN";

  void SetUp() override {
    static const http::CurlGlobal global;
    environment_ = {{"AWS_REGION", "eu-central-1"},       {"AWS_ACCESS_KEY_ID", "ASIAFUNCTION"},
                    {"AWS_SECRET_ACCESS_KEY", kSecret},   {"AWS_SESSION_TOKEN", kToken},
                    {"AWS_LAMBDA_FUNCTION_NAME", "jobs"}, {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"},
                    {"SIGNPOST_ALLOW", "s3://data/"},     {"SIGNPOST_LOG_LEVEL", "DEBUG"}};
  }

  void TearDown() override {
    const std::string all = Logged();
    EXPECT_THAT(all, Not(HasSubstr("PLANTED")));
    EXPECT_FALSE(std::regex_search(all, std::regex("[0-9a-f]{64}"))) << "a signature, or a hash of one";
    EXPECT_THAT(all, Not(HasSubstr("X-Amz-")));
    for (const std::string& line : lines_) EXPECT_TRUE(json::accept(line)) << line;
  }

  void ServeS3(std::unique_ptr<testing::KeyShape> keys, milliseconds latency = milliseconds(0)) {
    s3_ = std::make_unique<SyntheticS3>(std::move(keys),
                                        testing::SyntheticS3Options{.latency = latency, .keep_uploads = true});
    environment_["AWS_ENDPOINT_URL"] = s3_->url();
  }

  /// The exit status after `api`'s script.
  int Run(ScriptedRuntimeApi* api) {
    environment_["AWS_LAMBDA_RUNTIME_API"] = api->authority();
    http::CurlTransport runtime({}, &clock_);
    World world{.environment = {.variables = environment_},
                .clock = &clock_,
                .sleeper = &sleeper_,
                .random = &random_,
                .make_transport = {},
                .runtime = &runtime,
                .log =
                    [this](std::string_view line) {
                      const std::lock_guard lock(mutex_);
                      lines_.emplace_back(line);
                    },
                .stop = api->stop()};
    world.make_transport = [this](const std::optional<std::string>&) -> std::unique_ptr<http::Transport> {
      return std::make_unique<http::CurlTransport>(http::CurlTransport::Options{}, &clock_);
    };
    return RunFunction(world);
  }

  /// The answers to these events.
  std::vector<ScriptedRuntimeApi::Answer> Invoke(const std::vector<json>& events) {
    std::vector<testing::ServerReply> script;
    for (const json& event : events) {
      script.push_back(ScriptedRuntimeApi::Event(static_cast<int>(script.size()) + 1, event.dump()));
    }
    ScriptedRuntimeApi api(std::move(script));
    EXPECT_EQ(Run(&api), 0);
    return api.answers();
  }

  std::string Logged() const {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const std::string& line : lines_) all += line;
    return all;
  }

  /// The rows of an uncompressed NDJSON manifest.
  std::vector<json> Rows(const json& result) const {
    const auto object = s3_->store()->Find(result["key"]);
    std::vector<json> rows;
    if (!object) return rows;
    std::istringstream text(object->body);
    for (std::string line; std::getline(text, line);) rows.push_back(json::parse(line));
    return rows;
  }

  void ExpectNothingLeft() const {
    EXPECT_THAT(s3_->store()->Keys(), IsEmpty());
    EXPECT_EQ(s3_->store()->uploads_in_progress(), 0);
  }

  SystemClock clock_;
  SystemSleeper sleeper_;
  SystemRandom random_;
  std::map<std::string, std::string, std::less<>> environment_;
  std::unique_ptr<SyntheticS3> s3_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // guarded by mutex_
};

json Job(json more = json::object()) {
  json job = {{"bucket", "data"}, {"compress", "none"}};
  job.update(more);
  return job;
}

TEST_F(RunFunctionTest, AnswersAJobWithTheResultAndTheManifestIsThere) {
  ServeS3(Keys(2500));
  const auto answers = Invoke({Job()});
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_EQ(answers[0].kind, "response") << answers[0].body;
  const json result = json::parse(answers[0].body);
  EXPECT_EQ(result["count"], 2500);
  EXPECT_EQ(result["bucket"], "data");
  EXPECT_TRUE(std::string(result["key"]).starts_with("manifests/"));
  EXPECT_EQ(result["expires_at_is_upper_bound"], true) << "the environment does not tell when its credentials end";
  EXPECT_EQ(result["replayed"], false);
  const auto rows = Rows(result);
  ASSERT_EQ(rows.size(), 2500U);
  EXPECT_THAT(std::string(rows[0]["url"]), HasSubstr("X-Amz-Security-Token=" + std::string(kToken)));
}

TEST_F(RunFunctionTest, RegistersForSigtermBeforeItAsksForAnEvent) {
  ServeS3(Keys(1));
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, Job().dump())});
  EXPECT_EQ(Run(&api), 0);
  const auto requests = api.server().requests();
  ASSERT_GE(requests.size(), 2U);
  EXPECT_EQ(requests[0].path, "/2020-01-01/extension/register");
  EXPECT_EQ(requests[0].body, R"({"events":[]})");
  EXPECT_TRUE(requests[0].headers.Find("Lambda-Extension-Name"));
  const auto waits = std::ranges::find(requests, "/2020-01-01/extension/event/next", &testing::ServerRequest::path);
  ASSERT_NE(waits, requests.end());
  EXPECT_EQ(waits->headers.Find("Lambda-Extension-Identifier"), "extension-1");
}

TEST_F(RunFunctionTest, TellsAWrongConfigurationAndEnds) {
  environment_["SIGNPOST_ALLOW"] = "everything";
  environment_["AWS_LAMBDA_MAX_CONCURRENCY"] = "4";
  ScriptedRuntimeApi api({});
  EXPECT_EQ(Run(&api), 1);
  ASSERT_EQ(api.answers().size(), 1U);
  EXPECT_EQ(api.answers()[0].kind, "init/error");
  EXPECT_EQ(api.answers()[0].error_type, "Runtime.InitError");
  EXPECT_THAT(api.answers()[0].body, HasSubstr("SIGNPOST_ALLOW"));
  EXPECT_THAT(api.answers()[0].body, HasSubstr("AWS_LAMBDA_MAX_CONCURRENCY"));
  EXPECT_EQ(api.waits(), 0);
}

TEST_F(RunFunctionTest, AnswersABatchWithThoseThatFailed) {
  ServeS3(Keys(10));
  const auto record = [](const char* id, const std::string& body) {
    return json{{"messageId", id}, {"receiptHandle", "r"}, {"body", body}, {"eventSource", "aws:sqs"}};
  };
  const auto answers = Invoke(
      {{{"Records", {record("m1", Job().dump()), record("m2", "poison"), record("m3", R"({"bucket":"other"})")}}}});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].kind, "response");
  EXPECT_EQ(json::parse(answers[0].body),
            json::parse(R"({"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]})"));
  EXPECT_EQ(s3_->store()->Keys().size(), 1U);
}

TEST_F(RunFunctionTest, TheSdksTraceGoesToS3) {
  testing::LoopbackServer s3([](const testing::ServerRequest& request) {
    testing::ServerReply reply;
    reply.body = request.method == "PUT" ? ""
                                         : "<ListBucketResult><Name>data</Name><Prefix></Prefix><KeyCount>0</KeyCount>"
                                           "<MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>"
                                           "<IsTruncated>false</IsTruncated></ListBucketResult>";
    reply.headers = {{"ETag", "\"e\""}};
    return reply;
  });
  environment_["AWS_ENDPOINT_URL"] = s3.url();
  const auto answers = Invoke({Job()});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].kind, "response") << answers[0].body;
  const auto requests = s3.requests();
  ASSERT_GE(requests.size(), 2U);
  for (const auto& request : requests) {
    EXPECT_EQ(request.headers.Find("X-Amzn-Trace-Id"), "Root=1-trace;Sampled=1");
    EXPECT_THAT(std::string(request.headers.Find("Authorization").value_or("")), Not(HasSubstr("x-amzn-trace-id")));
  }
}

TEST_F(RunFunctionTest, N17_ExpiredEnvironmentCredentialsFailTheJobAndLeaveNothing) {
  ServeS3(Keys(30'000));
  s3_->StartRound([](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    if (request.call != SyntheticCall::kList || request.number_of_call < 25) return std::nullopt;
    return SyntheticFault{.status = 400, .code = "ExpiredToken"};
  });
  const auto answers = Invoke({Job()});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].error_type, "Function.UpstreamError");
  EXPECT_THAT(answers[0].body, HasSubstr("ExpiredToken"));
  EXPECT_GT(s3_->count(SyntheticCall::kUploadPart), 0) << "no upload was under way: the test is too small";
  ExpectNothingLeft();
}

TEST_F(RunFunctionTest, AnEndlessStormIsThrottled) {
  ServeS3(Keys(10));
  s3_->StartRound([](const SyntheticRequest&) { return SyntheticFault{.status = 503, .code = "SlowDown"}; });
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(
      1, Job().dump(), std::to_string((clock_.Now() + milliseconds(1'500)).time_since_epoch().count()))});
  EXPECT_EQ(Run(&api), 0);
  ASSERT_EQ(api.answers().size(), 1U);
  EXPECT_THAT(api.answers()[0].error_type, ::testing::AnyOf("Function.Throttled", "Function.DeadlineExceeded"));
  for (const std::string& line : lines_) {
    const json parsed = json::parse(line);
    if (!parsed.contains("_aws")) continue;
    EXPECT_GE(parsed["Throttles"], 1);
    EXPECT_GE(parsed["Retries"], 1);
    EXPECT_EQ(parsed["Failures"], 1);
  }
}

TEST_F(RunFunctionTest, P3_AJobThatIsTooLongStopsBeforeItsDeadlineAndLeavesNothing) {
  ServeS3(Keys(2'000'000), milliseconds(20));
  const TimePoint deadline = clock_.Now() + milliseconds(1'200);
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, Job({{"concurrency", 2}}).dump(),
                                                    std::to_string(deadline.time_since_epoch().count())),
                          ScriptedRuntimeApi::Event(2, Job({{"prefix", "nothing/"}}).dump())});
  TimePoint second_event;
  api.OnEvent([&](int number) {
    if (number == 1) second_event = clock_.Now();
  });
  EXPECT_EQ(Run(&api), 0);
  const auto answers = api.answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].error_type, "Function.DeadlineExceeded") << answers[0].body;
  EXPECT_LT(second_event, deadline) << "Lambda would have ended the function";
  EXPECT_EQ(answers[1].kind, "response") << answers[1].body;
  EXPECT_EQ(s3_->store()->uploads_in_progress(), 0);
  EXPECT_EQ(s3_->store()->Keys().size(), 1U) << "the second job's";
}

TEST_F(RunFunctionTest, P1_AStopAtAnyRequestEndsWithin300MsAndLeavesNoUpload) {
  ServeS3(Keys(40'000));
  int stopped = 0;
  std::vector<milliseconds> durations;
  for (int n = 0; n < 48; ++n) {
    ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, Job({{"concurrency", 4}}).dump())});
    std::atomic<TimePoint> requested{TimePoint::max()};
    s3_->StartRound([&](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
      if (request.number == n) {
        requested = clock_.Now();
        api.RequestStop();
      }
      return std::nullopt;
    });
    EXPECT_EQ(Run(&api), 0);
    const TimePoint ended = clock_.Now();
    EXPECT_EQ(s3_->store()->uploads_in_progress(), 0) << "stopped at request " << n;
    ASSERT_EQ(api.answers().size(), 1U);
    if (api.answers()[0].kind == "response") {
      EXPECT_EQ(s3_->store()->Keys().size(), 1U) << "stopped at request " << n;
      continue;
    }
    ++stopped;
    durations.push_back(ended - requested.load());
    EXPECT_EQ(api.answers()[0].error_type, "Function.DeadlineExceeded") << api.answers()[0].body;
    EXPECT_THAT(s3_->store()->Keys(), IsEmpty()) << "stopped at request " << n;
  }
  EXPECT_GT(stopped, 40);
  std::ranges::sort(durations);
  EXPECT_LE(durations[durations.size() / 2], milliseconds(300));
}

/// An answer without what differs from run to run by its nature: names, times, signatures.
json Essence(const ScriptedRuntimeApi::Answer& answer, const std::vector<json>& rows) {
  json essence = {{"kind", answer.kind}, {"type", answer.error_type}};
  json body = json::parse(answer.body);
  for (const char* name : {"manifest_url", "key", "expires_at", "elapsed_ms", "manifest_bytes", "list_calls"})
    body.erase(name);
  essence["body"] = body;
  for (json row : rows) {
    const std::string url = row["url"];
    json parameters = json::array();
    static const std::regex name("[?&]([^=]+)=");
    for (auto i = std::sregex_iterator(url.begin(), url.end(), name); i != std::sregex_iterator(); ++i) {
      parameters.push_back((*i)[1].str());
    }
    row["url"] = url.substr(0, url.find('?'));
    row["parameters"] = parameters;
    essence["rows"].push_back(row);
  }
  return essence;
}

TEST_F(RunFunctionTest, P11_NoJobKnowsAnythingOfTheOneBefore) {
  ServeS3(Keys(1500));
  environment_["SIGNPOST_OUTPUT"] = "s3://out/manifests/";
  const std::vector<json> events = {
      Job(),
      Job({{"request_payer", true}, {"expires_in", 60}}),
      Job({{"response_content_type", "text/plain"}, {"expected_bucket_owner", "123456789012"}, {"concurrency", 1}}),
      Job({{"prefix", "2017/"}}),
      {{"bucket", "elsewhere"}},
      Job({{"expires_in", 0}, {"unknown", 1}}),
      {{"Records", json::array()}},
  };
  std::vector<json> alone;
  for (const json& event : events) {
    const auto answers = Invoke({event});
    ASSERT_EQ(answers.size(), 1U);
    const json body = json::parse(answers[0].body);
    alone.push_back(Essence(answers[0], body.contains("key") ? Rows(body) : std::vector<json>{}));
  }
  EXPECT_EQ(alone[0]["rows"].size(), 1500U);
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  std::vector<std::size_t> order;
  for (int i = 0; i < 3; ++i) {
    for (std::size_t event = 0; event < events.size(); ++event) order.push_back(event);
  }
  std::ranges::shuffle(order, random);
  std::vector<json> shuffled;
  for (const std::size_t event : order) shuffled.push_back(events[event]);
  const auto answers = Invoke(shuffled);
  ASSERT_EQ(answers.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const json body = json::parse(answers[i].body);
    EXPECT_EQ(Essence(answers[i], body.contains("key") ? Rows(body) : std::vector<json>{}), alone[order[i]])
        << "event " << order[i] << " at place " << i << ", seed " << seed;
  }
}

/// STS on loopback, for one role.
class SignerTest : public RunFunctionTest {
 protected:
  void SetUp() override {
    RunFunctionTest::SetUp();
    environment_["SIGNPOST_SIGNER_ROLE_ARN"] = "arn:aws:iam::123456789012:role/signer";
    ServeS3(Keys(3));
    environment_["AWS_ENDPOINT_URL_STS"] = sts_.url();
  }

  seconds session_life_{900};
  testing::LoopbackServer sts_{[this](const testing::ServerRequest&) {
    testing::ServerReply reply;
    const auto end = std::chrono::floor<seconds>(clock_.Now()) + session_life_;
    reply.body =
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASIGNER</AccessKeyId>"
        "<SecretAccessKey>PLANTED-SIGNER</SecretAccessKey><SessionToken>PLANTED-SESSION</SessionToken>"
        "<Expiration>" +
        FormatRfc3339(end) + "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
    return reply;
  }};
};

TEST_F(SignerTest, N18_SignsAllRowsWithOneSessionAndTellsItsTrueEnd) {
  const auto answers = Invoke({Job({{"expires_in", 600}})});
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_EQ(answers[0].kind, "response") << answers[0].body;
  const json result = json::parse(answers[0].body);
  EXPECT_EQ(result["expires_at_is_upper_bound"], false);
  for (const json& row : Rows(result)) EXPECT_THAT(std::string(row["url"]), HasSubstr("X-Amz-Credential=ASIASIGNER"));
  EXPECT_THAT(std::string(result["manifest_url"]), HasSubstr("X-Amz-Credential=ASIASIGNER"));
  ASSERT_EQ(sts_.request_count(), 1);
  EXPECT_THAT(sts_.requests()[0].body, HasSubstr("DurationSeconds=900"));
}

TEST_F(SignerTest, N18_TellsTheSessionsEndWhenItIsTheEarlier) {
  session_life_ = seconds(300);
  const auto answers = Invoke({Job({{"expires_in", 3000}, {"allow_short_lived", true}})});
  ASSERT_EQ(answers[0].kind, "response") << answers[0].body;
  const auto end = ParseRfc3339(std::string(json::parse(answers[0].body)["expires_at"]));
  ASSERT_TRUE(end);
  EXPECT_LE(*end - clock_.Now(), seconds(300));
  EXPECT_THAT(sts_.requests()[0].body, HasSubstr("DurationSeconds=3060"));
}

TEST_F(SignerTest, AChainedSessionOfMoreThanAnHourIsRefusedBeforeAnyRequest) {
  const auto answers = Invoke({Job({{"expires_in", 3541}})});
  EXPECT_EQ(answers[0].error_type, "Function.InvalidRequest");
  EXPECT_THAT(answers[0].body, HasSubstr("3540"));
  EXPECT_EQ(sts_.request_count(), 0);
  EXPECT_EQ(s3_->requests(), 0);
}

TEST_F(SignerTest, EveryJobHasASessionOfItsOwn) {
  Invoke({Job(), Job()});
  EXPECT_EQ(sts_.request_count(), 2);
}

}  // namespace
}  // namespace signpost::lambda
