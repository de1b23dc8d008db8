#include "lambda/runtime_loop.h"

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/curl_transport.h"
#include "lambda/runtime_api_fixture_test.h"
#include "testing/fake_time.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RuntimeLoopTest : public ::testing::Test {
 protected:
  /// The loop against `api` with this handler, until the script is at its end.
  LoopEnd Run(ScriptedRuntimeApi* api, const Handler& handler, Sleeper* sleeper) {
    static const http::CurlGlobal global;
    http::CurlTransport transport({}, &clock_);
    auto client = RuntimeClient::Create(api->authority(), &transport);
    EXPECT_TRUE(client);
    return RunLoop({.runtime = &*client, .log = &log_, .clock = &clock_, .sleeper = sleeper}, handler, api->stop());
  }
  LoopEnd Run(ScriptedRuntimeApi* api, const Handler& handler) { return Run(api, handler, &sleeper_); }

  /// Answers an event with its own payload.
  Outcome<std::string> Echo(const Invocation& invocation, const std::stop_token& /*stop*/) {
    seen_.push_back(invocation);
    return invocation.payload;
  }
  Handler Echoing() {
    return [this](const Invocation& invocation, const std::stop_token& stop) { return Echo(invocation, stop); };
  }

  std::string Logged() const {
    std::string all;
    for (const std::string& line : lines_) all += line;
    return all;
  }

  SystemClock clock_;
  testing::FakeClock fake_clock_;
  testing::FakeSleeper sleeper_{&fake_clock_};
  std::vector<std::string> lines_;
  Log log_{[this](std::string_view line) { lines_.emplace_back(line); }, LogLevel::kDebug, &clock_};
  std::vector<Invocation> seen_;
};

TEST_F(RuntimeLoopTest, AnswersEventAfterEvent) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{\"a\":1}"), ScriptedRuntimeApi::Event(2, "{\"b\":2}")});
  EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kStopped);
  const auto answers = api.answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].request_id, "id-1");
  EXPECT_EQ(answers[0].kind, "response");
  EXPECT_EQ(answers[0].body, "{\"a\":1}");
  EXPECT_EQ(answers[1].request_id, "id-2");
  ASSERT_EQ(seen_.size(), 2U);
  EXPECT_EQ(seen_[0].trace_id, "Root=1-trace;Sampled=1");
  EXPECT_EQ(seen_[0].deadline, TimePoint(milliseconds(4'102'444'800'000)));
  EXPECT_LE(api.server().connection_count(), 2) << "one for all events; the script's end drops it";
}

TEST_F(RuntimeLoopTest, AFailureOfTheHandlerIsAnErrorAndTheLoopGoesOn) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
  int calls = 0;
  const LoopEnd end = Run(&api, [&](const Invocation&, const std::stop_token&) -> Outcome<std::string> {
    if (++calls == 1) return Refuse(kThrottled, "slow \"down\"\n");
    return "{}";
  });
  EXPECT_EQ(end, LoopEnd::kStopped);
  const auto answers = api.answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].kind, "error");
  EXPECT_EQ(answers[0].error_type, "Function.Throttled");
  EXPECT_EQ(
      json::parse(answers[0].body),
      json({{"errorMessage", "slow \"down\"\n"}, {"errorType", "Function.Throttled"}, {"stackTrace", json::array()}}));
  EXPECT_EQ(answers[1].kind, "response");
}

TEST_F(RuntimeLoopTest, AnExceptionIsAnErrorWithoutItsWordsAndTheLoopGoesOn) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
  int calls = 0;
  const LoopEnd end = Run(&api, [&](const Invocation&, const std::stop_token&) -> Outcome<std::string> {
    if (++calls == 1) throw std::runtime_error("PLANTED");
    return "{}";
  });
  EXPECT_EQ(end, LoopEnd::kStopped);
  const auto answers = api.answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].error_type, "Function.InternalError");
  EXPECT_THAT(answers[0].body + Logged(), Not(HasSubstr("PLANTED")));
}

TEST_F(RuntimeLoopTest, P7_OutOfMemoryIsToldAndEndsTheProcess) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
  const LoopEnd end =
      Run(&api, [&](const Invocation&, const std::stop_token&) -> Outcome<std::string> { throw std::bad_alloc(); });
  EXPECT_EQ(end, LoopEnd::kFailed);
  ASSERT_EQ(api.answers().size(), 1U);
  EXPECT_EQ(api.answers()[0].error_type, "Runtime.OutOfMemory");
}

TEST_F(RuntimeLoopTest, WhatIsNoExceptionOfTheLibraryIsToldAndEndsTheProcess) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
  const LoopEnd end = Run(&api, [&](const Invocation&, const std::stop_token&) -> Outcome<std::string> { throw 7; });
  EXPECT_EQ(end, LoopEnd::kFailed);
  ASSERT_EQ(api.answers().size(), 1U);
  EXPECT_EQ(api.answers()[0].error_type, "Function.InternalError");
}

TEST_F(RuntimeLoopTest, P5_ThreeFailedWaitsEndTheLoopAfterPauses) {
  const auto error = ScriptedRuntimeApi::Status(500);
  const auto drop = ScriptedRuntimeApi::Drop();
  // libcurl by itself asks anew when a kept connection is dropped.
  const std::vector<std::vector<testing::ServerReply>> scripts = {
      {error, error, error}, {drop, drop, drop}, {error, drop, drop, error}};
  for (const auto& script : scripts) {
    std::vector<testing::ServerReply> followed = script;
    followed.push_back(ScriptedRuntimeApi::Event(1, "{}"));
    ScriptedRuntimeApi api(followed);
    testing::FakeSleeper sleeper(&fake_clock_);
    EXPECT_EQ(Run(&api, Echoing(), &sleeper), LoopEnd::kFailed);
    EXPECT_EQ(static_cast<std::size_t>(api.waits()), script.size());
    EXPECT_THAT(sleeper.waits(), ElementsAre(milliseconds(100), milliseconds(200)));
    EXPECT_THAT(seen_, IsEmpty());
  }
}

TEST_F(RuntimeLoopTest, P5_FewerFailedWaitsAreForgottenWithTheNextEvent) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Status(500), ScriptedRuntimeApi::Drop(),
                          ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Drop(),
                          ScriptedRuntimeApi::Status(503), ScriptedRuntimeApi::Event(2, "{}")});
  EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kStopped);
  EXPECT_EQ(api.answers().size(), 2U);
}

TEST_F(RuntimeLoopTest, P5_AnEventWithoutAnIdThatCanBeAnsweredIsAFailedWait) {
  testing::ServerReply nameless;
  nameless.body = "{}";
  testing::ServerReply hostile = nameless;
  hostile.headers = {{"Lambda-Runtime-Aws-Request-Id", "../../init"}};
  ScriptedRuntimeApi api({nameless, hostile, nameless});
  EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kFailed);
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(RuntimeLoopTest, P6_AnAnswerThatIsRefusedIsNotComputedAgain) {
  for (const int status : {400, 403, 500}) {
    ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
    api.AnswerAnswersWith({ScriptedRuntimeApi::Status(status)});
    seen_.clear();
    EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kFailed) << status;
    EXPECT_EQ(seen_.size(), 1U);
    EXPECT_EQ(api.answers().size(), 1U);
    EXPECT_THAT(Logged(), HasSubstr("status " + std::to_string(status)));
  }
}

TEST_F(RuntimeLoopTest, P6_AnAnswerThatIsLostIsSentOnceMoreAndNotComputedAgain) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
  api.AnswerAnswersWith({ScriptedRuntimeApi::Drop(), ScriptedRuntimeApi::Status(202)});
  EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kStopped);
  EXPECT_EQ(seen_.size(), 2U);
  EXPECT_EQ(api.answers().size(), 3U);
}

TEST_F(RuntimeLoopTest, P6_AnAnswerThatCannotBeDeliveredEndsTheLoop) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
  api.AnswerAnswersWith(std::vector<testing::ServerReply>(8, ScriptedRuntimeApi::Drop()));
  EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kFailed);
  EXPECT_EQ(seen_.size(), 1U);
}

TEST_F(RuntimeLoopTest, AnAnswerThatIsTooLargeIsLambdasToTellAndTheLoopGoesOn) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
  api.AnswerAnswersWith({ScriptedRuntimeApi::Status(413)});
  EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kStopped);
  EXPECT_EQ(seen_.size(), 2U);
}

TEST_F(RuntimeLoopTest, P4_ADeadlineThatIsNoNumberIsNone) {
  std::vector<testing::ServerReply> script;
  for (const char* text : {"", "soon", "-5", "1e12", "4102444800000ms", "99999999999999999999999"}) {
    script.push_back(ScriptedRuntimeApi::Event(1, "{}", text));
  }
  script.push_back(ScriptedRuntimeApi::Event(2, "{}", "18446744073709551615"));
  ScriptedRuntimeApi api(script);
  EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kStopped);
  ASSERT_EQ(seen_.size(), script.size());
  for (std::size_t i = 0; i + 1 < seen_.size(); ++i) EXPECT_FALSE(seen_[i].deadline) << i;
  EXPECT_TRUE(seen_.back().deadline) << "far, but a number";
}

TEST_F(RuntimeLoopTest, P10_AConnectionThatWentStaleBetweenEventsIsReplaced) {
  // Kept alive as far as the answer says, but ended right after it.
  testing::ServerReply stale;
  stale.raw =
      "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}";
  ScriptedRuntimeApi api({stale, ScriptedRuntimeApi::Event(2, "{}")});
  EXPECT_EQ(Run(&api, Echoing()), LoopEnd::kStopped);
  EXPECT_EQ(seen_.size(), 2U);
  EXPECT_EQ(api.answers().size(), 2U);
}

TEST_F(RuntimeLoopTest, AStopDuringAnEventIsAnsweredAndEndsTheLoop) {
  ScriptedRuntimeApi api({ScriptedRuntimeApi::Event(1, "{}"), ScriptedRuntimeApi::Event(2, "{}")});
  const LoopEnd end = Run(&api, [&](const Invocation&, const std::stop_token& stop) -> Outcome<std::string> {
    api.RequestStop();
    EXPECT_TRUE(stop.stop_requested());
    return Refuse(kDeadlineExceeded, "stopped");
  });
  EXPECT_EQ(end, LoopEnd::kStopped);
  ASSERT_EQ(api.answers().size(), 1U);
  EXPECT_EQ(api.answers()[0].error_type, "Function.DeadlineExceeded");
}

TEST(RuntimeClientTest, RefusesAnAddressThatIsNone) {
  for (const char* text : {"", "host/path", "user@host:1", "host:1\r\nX: y", "host ?"}) {
    EXPECT_FALSE(RuntimeClient::Create(text, nullptr)) << text;
  }
  EXPECT_TRUE(RuntimeClient::Create("127.0.0.1:9001", nullptr));
  EXPECT_TRUE(RuntimeClient::Create("[::1]:9001", nullptr));
}

}  // namespace
}  // namespace signpost::lambda
