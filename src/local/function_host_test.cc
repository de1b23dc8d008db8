#include "local/function_host.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/function_fixture_test.h"

namespace signpost::local {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(FunctionHost, EventsGoToOneProcessOneAfterTheOther) {
  FunctionFixture function;
  for (int n = 1; n <= 3; ++n) {
    const auto answer = function.Answer(R"({"hello":1})");
    EXPECT_EQ(answer["count"], n);
    EXPECT_EQ(answer["event"]["hello"], 1);
    EXPECT_EQ(answer["arn"], "arn:aws:lambda:us-east-1:000000000000:function:function");
    EXPECT_THAT(answer["trace"].get<std::string>(), StartsWith("Root=1-"));
  }
}

TEST(FunctionHost, DeadlineIsTheTimeoutFromNow) {
  FunctionFixture function({}, 20s);
  function.Answer("{}");
  const auto before = SystemClock().Now().time_since_epoch().count();
  const auto answer = function.Answer("{}");
  const auto after = SystemClock().Now().time_since_epoch().count();
  const auto deadline = std::stoll(answer["deadline"].get<std::string>());
  EXPECT_GE(deadline, before + 20'000);
  EXPECT_LE(deadline, after + 20'000);
}

TEST(FunctionHost, ErrorIsToldAndTheProcessGoesOn) {
  FunctionFixture function;
  const InvokeResult result = function.Invoke(R"({"do":"fail"})");
  EXPECT_TRUE(result.function_error);
  EXPECT_EQ(nlohmann::json::parse(result.payload)["errorType"], "Function.Bad");
  EXPECT_EQ(function.Answer("{}")["count"], 2);
}

TEST(FunctionHost, TimeoutKillsTheProcessAndTheNextEventStartsAnother) {
  FunctionFixture function({}, 4s);
  EXPECT_EQ(function.Answer("{}")["count"], 1);
  const InvokeResult result = function.Invoke(R"({"do":"hang"})");
  EXPECT_TRUE(result.function_error);
  const auto error = nlohmann::json::parse(result.payload);
  EXPECT_EQ(error["errorType"], "Sandbox.Timedout");
  EXPECT_THAT(error["errorMessage"].get<std::string>(), EndsWith("Error: Task timed out after 4.00 seconds"));
  EXPECT_EQ(function.Answer("{}")["count"], 1);
}

TEST(FunctionHost, ExitIsAnErrorWithItsStatusAndTheNextEventStartsAnother) {
  FunctionFixture function;
  const InvokeResult result = function.Invoke(R"({"do":"exit"})");
  EXPECT_TRUE(result.function_error);
  const auto error = nlohmann::json::parse(result.payload);
  EXPECT_EQ(error["errorType"], "Runtime.ExitError");
  EXPECT_THAT(error["errorMessage"].get<std::string>(), HasSubstr("exit status 7"));
  EXPECT_EQ(function.Answer("{}")["count"], 1);
}

TEST(FunctionHost, InitErrorIsTheAnswerToTheEvent) {
  FunctionFixture function("error");
  const InvokeResult result = function.Invoke("{}");
  EXPECT_TRUE(result.function_error);
  EXPECT_EQ(nlohmann::json::parse(result.payload)["errorType"], "Runtime.InitError");
}

TEST(FunctionHost, ExitWhileStartingIsTheAnswerToTheEvent) {
  FunctionFixture function("exit");
  EXPECT_THAT(function.Invoke("{}").payload, HasSubstr("exit status 3"));
}

TEST(FunctionHost, ProgramThatCannotBeRunIsTheAnswerToTheEvent) {
  FunctionFixture function;
  function.options().process.command = {"/nonexistent/bootstrap"};
  const InvokeResult result = function.Invoke("{}");
  EXPECT_TRUE(result.function_error);
  EXPECT_EQ(nlohmann::json::parse(result.payload)["errorType"], "Runtime.InvalidEntrypoint");
  EXPECT_THAT(result.payload, HasSubstr("No such file or directory"));
}

TEST(FunctionHost, AnswerOverSixMebibytesIsAFunctionError) {
  FunctionFixture function;
  EXPECT_EQ(function.Invoke(R"({"do":"big","size":6291556})").payload.size(), 6291556U);
  const InvokeResult result = function.Invoke(R"({"do":"big","size":6291557})");
  EXPECT_TRUE(result.function_error);
  EXPECT_EQ(nlohmann::json::parse(result.payload)["errorType"], "Function.ResponseSizeTooLarge");
}

TEST(FunctionHost, LogTailIsOfTheInvocationAndAtMostFourKibibytes) {
  FunctionFixture function;
  function.Invoke(R"({"do":"print","text":"first"})");
  const InvokeResult second = function.Invoke(R"({"do":"print","text":"second"})");
  EXPECT_THAT(second.log_tail, HasSubstr("second\n"));
  EXPECT_THAT(second.log_tail, ::testing::Not(HasSubstr("first")));
  EXPECT_THAT(second.log_tail, StartsWith("START RequestId: " + second.request_id));
  EXPECT_THAT(second.log_tail, HasSubstr("\nREPORT RequestId: " + second.request_id + "\tDuration: "));
  const nlohmann::json event{{"do", "print"}, {"text", std::string(10'000, 'x')}};
  EXPECT_EQ(function.Invoke(event.dump()).log_tail.size(), 4096U);
  EXPECT_THAT(function.EndAndReadLog(), HasSubstr("first\n"));
}

TEST(FunctionHost, QueueOfNoLengthRefusesASecondEvent) {
  FunctionFixture function;
  function.options().queue_limit = 0;
  std::promise<void> first;
  auto first_done = first.get_future();
  ASSERT_TRUE(function.host().Submit({.payload = R"({"do":"hang"})"}, [&first](const Result<InvokeResult>& result) {
    EXPECT_FALSE(result);
    first.set_value();
  }));
  const auto second = function.host().Invoke({.payload = "{}"});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kThrottled);
  function.host().Stop();
  first_done.get();
}

TEST(FunctionHost, WaitingEventsAreServedInTheirOrder) {
  FunctionFixture function;
  std::vector<std::future<InvokeResult>> answers;
  for (int n = 0; n < 5; ++n) {
    auto promise = std::make_shared<std::promise<InvokeResult>>();
    answers.push_back(promise->get_future());
    ASSERT_TRUE(function.host().Submit(
        {.payload = "{}"}, [promise](Result<InvokeResult> result) { promise->set_value(std::move(*result)); }));
  }
  for (int n = 0; n < 5; ++n) EXPECT_EQ(nlohmann::json::parse(answers[n].get().payload)["count"], n + 1);
}

TEST(FunctionHost, StopAnswersEveryEventThatWaits) {
  FunctionFixture function;
  std::vector<std::future<ErrorCode>> codes;
  for (const char* event : {R"({"do":"hang"})", "{}", "{}"}) {
    auto promise = std::make_shared<std::promise<ErrorCode>>();
    codes.push_back(promise->get_future());
    ASSERT_TRUE(function.host().Submit({.payload = event}, [promise](const Result<InvokeResult>& result) {
      promise->set_value(result ? ErrorCode::kInternal : result.error().code);
    }));
  }
  function.host().Stop();
  for (auto& code : codes) EXPECT_EQ(code.get(), ErrorCode::kCancelled);
  EXPECT_EQ(function.host().Invoke({.payload = "{}"}).error().code, ErrorCode::kCancelled);
}

TEST(FunctionHost, AsynchronousEventIsTriedThreeTimes) {
  FunctionFixture function;
  ASSERT_TRUE(function.host().Submit({.payload = R"({"do":"fail"})", .retries = 2}, [](const auto&) {}));
  int count = 0;
  // Its retries go behind the others in the queue.
  for (int n = 0; n < 3; ++n) count = function.Answer("{}")["count"];
  EXPECT_EQ(count, 6);
}

TEST(FunctionHost, ProcessWithAnExtensionIsAskedToStop) {
  FunctionFixture function("extension");
  function.Answer("{}");
  EXPECT_THAT(function.EndAndReadLog(), HasSubstr("stopped in time\n"));
}

TEST(FunctionHost, ProcessWithoutAnExtensionIsKilled) {
  FunctionFixture function;
  function.Answer("{}");
  EXPECT_THAT(function.EndAndReadLog(), ::testing::Not(HasSubstr("stopped in time")));
}

TEST(FunctionHost, FrozenProcessIsThawedForTheNextEvent) {
  FunctionFixture function;
  function.options().faults = *ParseFaults("freeze");
  for (int n = 1; n <= 3; ++n) EXPECT_EQ(function.Answer("{}")["count"], n);
}

TEST(FunctionHost, EventDeliveredTwiceHasOneAnswer) {
  FunctionFixture function;
  function.options().faults = *ParseFaults("twice:1");
  EXPECT_EQ(function.Answer("{}")["count"], 1);
  EXPECT_EQ(function.Answer("{}")["count"], 3);
}

TEST(FunctionHost, PlantedFaultsReachTheProcess) {
  const auto answer_with = [](const char* faults) {
    FunctionFixture function;
    function.options().faults = *ParseFaults(faults);
    return function.Answer("{}");
  };
  EXPECT_EQ(answer_with("garbage-deadline")["deadline"], "soon");
  EXPECT_EQ(answer_with("past-deadline")["deadline"], "1");
  EXPECT_TRUE(answer_with("no-deadline")["deadline"].is_null());
  const auto years = std::stoll(answer_with("far-deadline")["deadline"].get<std::string>()) / 1000 / 86400 / 365;
  EXPECT_GT(years, 60);
  EXPECT_THAT(answer_with("next-500")["errorMessage"].get<std::string>(), HasSubstr("exit status 9"));
  EXPECT_THAT(answer_with("next-drop")["errorMessage"].get<std::string>(), HasSubstr("exit status 9"));
  EXPECT_THAT(answer_with("response-403")["errorMessage"].get<std::string>(), HasSubstr("exit status 4"));
  EXPECT_THAT(answer_with("response-500")["errorMessage"].get<std::string>(), HasSubstr("exit status 4"));
  EXPECT_THAT(answer_with("response-drop")["errorMessage"].get<std::string>(), HasSubstr("exit status 4"));
  EXPECT_THAT(answer_with("no-request-id")["errorMessage"].get<std::string>(), HasSubstr("exit status 1"));
}

}  // namespace
}  // namespace signpost::local
