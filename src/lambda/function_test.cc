#include "lambda/function.h"

#include <deque>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/fake_time.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Runs no job: tells which it was asked for, takes time, and fails where the prefix says so.
class ScriptedRunner final : public JobRunner {
 public:
  explicit ScriptedRunner(testing::FakeClock* clock) : clock_(clock) {}

  Outcome<job::JobResult> Run(const JobOrder& order, const JobCall& call, JobMetrics* metrics) override {
    calls.push_back(call);
    prefixes.push_back(order.request.prefix);
    metrics->retries = 5;
    clock_->Advance(takes);
    if (order.request.prefix.starts_with("bad/")) return Refuse(kUpstreamError, "S3 says no");
    if (order.request.prefix.starts_with("held/")) {
      FunctionError error{.type = std::string(kInProgress), .message = "elsewhere", .in_progress_for = seconds(42)};
      return std::unexpected(error);
    }
    job::JobResult result;
    result.manifest_url = "https://out/manifest?X-Amz-Signature=PLANTED";
    result.count = 3;
    result.expires_at = std::chrono::floor<seconds>(clock_->Now()) + seconds(900);
    return result;
  }

  milliseconds takes{0};
  std::vector<JobCall> calls;
  std::vector<std::string> prefixes;

 private:
  testing::FakeClock* const clock_;
};

class RecordingVisibility final : public Visibility {
 public:
  Status Postpone(const CallContext& /*context*/, const std::string& queue_arn, const std::string& receipt_handle,
                  milliseconds duration) override {
    postponed.push_back(queue_arn + " " + receipt_handle + " " + std::to_string(duration.count()));
    if (fails) return Fail(ErrorCode::kUnavailable, "SQS is away");
    return {};
  }

  bool fails = false;
  std::vector<std::string> postponed;
};

class FunctionTest : public ::testing::Test {
 protected:
  FunctionTest() { settings_.allow = *AllowList::Parse("s3://data/"); }

  Outcome<std::string> Invoke(const json& event) { return InvokeText(event.dump()); }
  Outcome<std::string> InvokeText(std::string payload) {
    const Invocation invocation{.request_id = "request-" + std::to_string(++invocations_),
                                .deadline = clock_.Now() + time_out_,
                                .trace_id = "Root=1-trace",
                                .payload = std::move(payload)};
    return function_.Handle(invocation, stop_.get_token());
  }

  static json Job(const std::string& prefix) { return {{"bucket", "data"}, {"prefix", prefix}}; }

  static json Record(const std::string& id, const std::string& body, bool fifo = false) {
    return {{"messageId", id},
            {"receiptHandle", "receipt-" + id},
            {"body", body},
            {"eventSource", "aws:sqs"},
            {"eventSourceARN", std::string("arn:aws:sqs:r1:123456789012:jobs") + (fifo ? ".fifo" : "")}};
  }

  /// The messages that the answer to a batch reports.
  std::vector<std::string> Failed(const json& records) {
    const auto answer = Invoke({{"Records", records}});
    EXPECT_TRUE(answer) << answer.error().message;
    std::vector<std::string> ids;
    if (!answer) return ids;
    const json parsed = json::parse(*answer);
    EXPECT_EQ(parsed.size(), 1U);
    for (const json& item : parsed["batchItemFailures"]) ids.push_back(item["itemIdentifier"]);
    return ids;
  }

  std::string Logged() const {
    std::string all;
    for (const std::string& line : lines_) all += line;
    return all;
  }

  testing::FakeClock clock_;
  FunctionSettings settings_;
  ScriptedRunner jobs_{&clock_};
  RecordingVisibility visibility_;
  std::vector<std::string> lines_;
  Log log_{[this](std::string_view line) { lines_.emplace_back(line); }, LogLevel::kDebug, &clock_};
  Function function_{
      {.settings = &settings_, .jobs = &jobs_, .visibility = &visibility_, .log = &log_, .clock = &clock_}};
  std::stop_source stop_;
  seconds time_out_{60};
  int invocations_ = 0;
};

TEST_F(FunctionTest, AnswersADirectEventWithTheResult) {
  const auto answer = Invoke(Job("a/"));
  ASSERT_TRUE(answer) << answer.error().message;
  const json result = json::parse(*answer);
  EXPECT_EQ(result["count"], 3);
  EXPECT_EQ(result["manifest_url"], "https://out/manifest?X-Amz-Signature=PLANTED");
  EXPECT_THAT(jobs_.prefixes, ElementsAre("a/"));
  EXPECT_EQ(jobs_.calls[0].trace_id, "Root=1-trace");
  EXPECT_EQ(jobs_.calls[0].window.margin, seconds(10));
}

TEST_F(FunctionTest, LogsNeitherUrlNorPayload) {
  ASSERT_TRUE(Invoke(Job("a/")));
  EXPECT_THAT(Logged(), ::testing::Not(HasSubstr("PLANTED")));
  EXPECT_THAT(Logged(), ::testing::Not(HasSubstr("manifest?")));
  const auto refused = InvokeText(R"({"bucket":"data","token":"PLANTED"})");
  EXPECT_FALSE(refused);
  EXPECT_THAT(Logged(), ::testing::Not(HasSubstr("PLANTED")));
}

TEST_F(FunctionTest, TellsAColdStartOnceAndTheJobsIdEachTime) {
  ASSERT_TRUE(Invoke(Job("a/")));
  const std::size_t first = lines_.size();
  ASSERT_TRUE(Invoke(Job("b/")));
  std::set<std::string> ids;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const json line = json::parse(lines_[i]);
    if (line.contains("_aws")) continue;
    EXPECT_EQ(line["cold_start"], i < first) << line;
    EXPECT_EQ(line["request_id"], i < first ? "request-1" : "request-2");
    if (line.contains("job_id")) ids.insert(line["job_id"]);
  }
  EXPECT_EQ(ids.size(), 2U);
}

TEST_F(FunctionTest, WritesOneLineOfMetricsForEachJobAndEachUnreadableEvent) {
  ASSERT_TRUE(Invoke(Job("a/")));
  EXPECT_FALSE(Invoke(Job("bad/")));
  EXPECT_FALSE(InvokeText("{"));
  EXPECT_THAT(Failed(json::array({Record("m1", "poison")})), ElementsAre("m1"));
  std::vector<json> metrics;
  for (const std::string& line : lines_) {
    if (json parsed = json::parse(line); parsed.contains("_aws")) metrics.push_back(std::move(parsed));
  }
  ASSERT_EQ(metrics.size(), 4U);
  EXPECT_EQ(metrics[0]["Objects"], 3);
  EXPECT_EQ(metrics[0]["Failures"], 0);
  EXPECT_EQ(metrics[1]["Failures"], 1);
  EXPECT_EQ(metrics[1]["Retries"], 5);
  EXPECT_EQ(metrics[2]["Failures"], 1);
  EXPECT_EQ(metrics[3]["Failures"], 1);
}

TEST_F(FunctionTest, RefusesBeforeAnythingRuns) {
  EXPECT_EQ(InvokeText("{").error().type, kInvalidRequest);
  EXPECT_EQ(Invoke({{"prefix", "a/"}}).error().type, kInvalidRequest);
  EXPECT_EQ(Invoke({{"bucket", "other"}}).error().type, kNotAllowed);
  EXPECT_THAT(jobs_.prefixes, IsEmpty());
}

TEST_F(FunctionTest, P4_APastDeadlineIsRefusedAtOnce) {
  time_out_ = seconds(-5);
  EXPECT_EQ(Invoke(Job("a/")).error().type, kDeadlineExceeded);
  EXPECT_THAT(jobs_.prefixes, IsEmpty());
}

TEST_F(FunctionTest, PassesOnThatTheSameJobRunsElsewhere) {
  const auto answer = Invoke(Job("held/"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().type, kInProgress);
  EXPECT_THAT(visibility_.postponed, IsEmpty());
}

TEST_F(FunctionTest, Q2_APoisonBodyIsReportedAndHarmsNoNeighbour) {
  const json records = {Record("m1", Job("a/").dump()), Record("m2", "not json"), Record("m3", R"({"bukket":"data"})"),
                        Record("m4", Job("bad/").dump()), Record("m5", Job("b/").dump())};
  EXPECT_THAT(Failed(records), ElementsAre("m2", "m3", "m4"));
  EXPECT_THAT(jobs_.prefixes, ElementsAre("a/", "bad/", "b/"));
}

TEST_F(FunctionTest, Q3_AnEmptyBatchIsASuccess) {
  EXPECT_EQ(InvokeText(R"({"Records":[]})").value_or("failed"), R"({"batchItemFailures":[]})");
}

TEST_F(FunctionTest, Q3_ARecordWithoutMessageIdFailsTheInvocationBeforeAnythingRuns) {
  json nameless = Record("", Job("b/").dump());
  nameless.erase("messageId");
  const auto answer = Invoke({{"Records", {Record("m1", Job("a/").dump()), nameless}}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().type, kInvalidRequest);
  EXPECT_THAT(jobs_.prefixes, IsEmpty());
}

TEST_F(FunctionTest, Q5_AFifoQueueKeepsItsOrder) {
  const json records = {Record("m1", Job("a/").dump(), true), Record("m2", "poison", true),
                        Record("m3", Job("b/").dump(), true)};
  EXPECT_THAT(Failed(records), ElementsAre("m2", "m3"));
  EXPECT_THAT(jobs_.prefixes, ElementsAre("a/"));
}

TEST_F(FunctionTest, Q6_OpensAnSnsEnvelopeInAMessage) {
  const json envelope = {{"Type", "Notification"}, {"TopicArn", "t"}, {"Message", Job("a/").dump()}};
  EXPECT_THAT(Failed(json::array({Record("m1", envelope.dump())})), IsEmpty());
  EXPECT_THAT(jobs_.prefixes, ElementsAre("a/"));
}

TEST_F(FunctionTest, StartsNoRecordThatHasLessTimeThanTheSlowestBefore) {
  jobs_.takes = seconds(20);  // of 50 s
  const json records = {Record("m1", Job("a/").dump()), Record("m2", Job("b/").dump()), Record("m3", Job("c/").dump())};
  EXPECT_THAT(Failed(records), ElementsAre("m3"));
  EXPECT_THAT(jobs_.prefixes, ElementsAre("a/", "b/"));
}

TEST_F(FunctionTest, StartsNoRecordOnceItIsToStop) {
  stop_.request_stop();
  EXPECT_THAT(Failed(json::array({Record("m1", Job("a/").dump())})), ElementsAre("m1"));
  EXPECT_THAT(jobs_.prefixes, IsEmpty());
}

TEST_F(FunctionTest, PostponesAMessageWhoseJobRunsElsewhere) {
  EXPECT_THAT(Failed({Record("m1", Job("held/").dump()), Record("m2", Job("a/").dump())}), ElementsAre("m1"));
  EXPECT_THAT(visibility_.postponed, ElementsAre("arn:aws:sqs:r1:123456789012:jobs receipt-m1 42000"));
}

TEST_F(FunctionTest, ReportsAMessageThatCannotBePostponedAllTheSame) {
  visibility_.fails = true;
  EXPECT_THAT(Failed(json::array({Record("m1", Job("held/").dump())})), ElementsAre("m1"));
  EXPECT_THAT(Logged(), HasSubstr("SQS is away"));
}

}  // namespace
}  // namespace signpost::lambda
