// Ends before the job is done: a deadline, SIGTERM, credentials that expire. Nothing is left behind.
#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lambda/function_fixture_test.h"
#include "testing/fake_time.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;

TEST_F(RunFunctionTest, N17_ExpiredEnvironmentCredentialsFailTheJobAndLeaveNothing) {
  ServeS3(Keys(60'000));
  std::atomic<bool> expired = false;
  s3_->StartRound([&expired](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    // From the second part on. To abort must still be possible for the test to see that it is done.
    if (request.call == SyntheticCall::kAbort) return std::nullopt;
    if (expired) return SyntheticFault{.status = 400, .code = "ExpiredToken"};
    expired = request.call == SyntheticCall::kUploadPart;
    return std::nullopt;
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
  // A page takes 1 s of a clock that only pages move, so that a busy machine changes nothing.
  ServeS3(Keys(2'000'000));
  testing::FakeClock clock(clock_.Now());
  s3_->StartRound([&clock](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    if (request.call == SyntheticCall::kList) clock.Advance(std::chrono::seconds(1));
    return std::nullopt;
  });
  function_clock_ = &clock;
  const TimePoint deadline = clock.Now() + std::chrono::seconds(200);
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, Job({{"concurrency", 2}}).dump(),
                                                    std::to_string(deadline.time_since_epoch().count())),
                          ScriptedRuntimeApi::Event(2, Job({{"prefix", "nothing/"}}).dump())});
  TimePoint second_event;
  api.OnEvent([&](int number) {
    if (number == 1) second_event = clock.Now();
  });
  EXPECT_EQ(Run(&api), 0);
  const auto answers = api.answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].error_type, "Function.DeadlineExceeded") << answers[0].body;
  EXPECT_LT(second_event, deadline) << "Lambda would have ended the function";
  EXPECT_GT(s3_->count(SyntheticCall::kUploadPart), 0) << "no upload was under way: the test is too small";
  EXPECT_EQ(answers[1].kind, "response") << answers[1].body;
  EXPECT_EQ(s3_->store()->uploads_in_progress(), 0);
  EXPECT_EQ(s3_->store()->Keys().size(), 1U) << "the second job's";
}

TEST_F(RunFunctionTest, P1_AStopAtAnyRequestEndsSoonAndLeavesNoUpload) {
  ServeS3(Keys(24'000));
  int stopped = 0;
  int left = 0;
  for (int n = 0; n < 36; n += 3) {
    ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, Job({{"concurrency", 4}}).dump())});
    // A request that nobody waits for any more may still be at work when the next round begins.
    s3_->StartRound([&api, n](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
      if (request.number == n) api.RequestStop();
      return std::nullopt;
    });
    EXPECT_EQ(Run(&api), 0);
    ASSERT_EQ(api.answers().size(), 1U);
    if (api.answers()[0].kind == "response") {
      EXPECT_EQ(s3_->store()->Keys().size(), 1U) << "stopped at request " << n;
      continue;
    }
    ++stopped;
    if (s3_->store()->uploads_in_progress() > 0) {
      // A busy machine may not allow the time; then the answer says so.
      ++left;
      EXPECT_THAT(api.answers()[0].body, HasSubstr("could not be removed")) << "stopped at request " << n;
    }
    EXPECT_EQ(api.answers()[0].error_type, "Function.DeadlineExceeded") << api.answers()[0].body;
    EXPECT_THAT(s3_->store()->Keys(), IsEmpty()) << "stopped at request " << n;
  }
  EXPECT_GT(stopped, 6);
  EXPECT_LT(left, stopped);
}

}  // namespace
}  // namespace signpost::lambda
