#include "local/runtime_state.h"

#include <future>

#include <gtest/gtest.h>

namespace signpost::local {
namespace {

using namespace std::chrono_literals;
using Readiness = RuntimeState::Readiness;

constexpr auto kLong = 10s;
constexpr auto kShort = 20ms;

Delivery Event(const char* id) { return {.request_id = id, .payload = "{}", .trace_id = "t", .deadline = {}}; }

/// A function that has taken an event.
class RuntimeStateTest : public ::testing::Test {
 protected:
  std::future<Result<Delivery>> AskForNext() {
    auto next = std::async(std::launch::async, [this] { return state_.Next(); });
    EXPECT_EQ(state_.WaitUntilReady(kLong), Readiness::kReady);
    return next;
  }
  void TakeEvent(const char* id) {
    auto next = AskForNext();
    state_.Deliver(Event(id));
    ASSERT_TRUE(next.get());
  }

  RuntimeState state_;
};

TEST_F(RuntimeStateTest, EventGoesToTheWaitingProcessAndItsAnswerBack) {
  auto next = AskForNext();
  state_.Deliver(Event("r1"));
  const auto delivery = next.get();
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->request_id, "r1");
  ASSERT_TRUE(state_.Respond("r1", "answer"));
  const auto answer = state_.WaitForAnswer(kLong);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "answer");
  EXPECT_EQ(answer->kind, Answer::Kind::kResponse);
}

TEST_F(RuntimeStateTest, SecondAnswerToOneEventIsRefused) {
  TakeEvent("r1");
  ASSERT_TRUE(state_.Respond("r1", "1"));
  EXPECT_EQ(state_.Respond("r1", "2").error().code, ErrorCode::kConflict);
  EXPECT_EQ(state_.FailInvocation("r1", "2").error().code, ErrorCode::kConflict);
  EXPECT_EQ(state_.WaitForAnswer(kLong)->body, "1");
}

TEST_F(RuntimeStateTest, AnswerToAnotherEventIsRefused) {
  TakeEvent("r1");
  EXPECT_EQ(state_.Respond("r2", "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_FALSE(state_.WaitForAnswer(kShort));
}

TEST_F(RuntimeStateTest, AskingForMoreBeforeAnsweringIsRefused) {
  TakeEvent("r1");
  EXPECT_EQ(state_.Next().error().code, ErrorCode::kConflict);
}

TEST_F(RuntimeStateTest, AnswerOverTheLimitCountsAsSuch) {
  TakeEvent("r1");
  EXPECT_EQ(state_.Respond("r1", std::string(kMostResponseBytes + 1, 'x')).error().code, ErrorCode::kDataLoss);
  EXPECT_EQ(state_.WaitForAnswer(kLong)->kind, Answer::Kind::kTooLarge);
}

TEST_F(RuntimeStateTest, AnswerOfExactlyTheLimitIsTaken) {
  TakeEvent("r1");
  EXPECT_TRUE(state_.Respond("r1", std::string(kMostResponseBytes, 'x')));
  EXPECT_EQ(state_.WaitForAnswer(kLong)->kind, Answer::Kind::kResponse);
}

TEST_F(RuntimeStateTest, InitErrorIsOnlyForTheStart) {
  ASSERT_TRUE(state_.FailInit("why"));
  EXPECT_EQ(state_.WaitUntilReady(kLong), Readiness::kInitError);
  EXPECT_EQ(state_.init_error(), "why");
  EXPECT_EQ(state_.FailInit("again").error().code, ErrorCode::kConflict);
}

TEST_F(RuntimeStateTest, InitErrorAfterTheFirstNextIsRefused) {
  TakeEvent("r1");
  EXPECT_EQ(state_.FailInit("why").error().code, ErrorCode::kConflict);
}

TEST_F(RuntimeStateTest, RegisteredExtensionMustWaitBeforeTheStartIsOver) {
  const auto identifier = state_.Register("stop");
  ASSERT_TRUE(identifier);
  auto next = std::async(std::launch::async, [this] { return state_.Next(); });
  EXPECT_EQ(state_.WaitUntilReady(kShort), Readiness::kTimedOut);
  auto extension = std::async(std::launch::async, [&] { return state_.WaitForExtensionEvent(*identifier); });
  EXPECT_EQ(state_.WaitUntilReady(kLong), Readiness::kReady);
  EXPECT_TRUE(state_.has_extensions());
  state_.Close();
  EXPECT_EQ(extension.get().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(next.get().error().code, ErrorCode::kCancelled);
}

TEST_F(RuntimeStateTest, UnknownExtensionIsRefused) {
  EXPECT_EQ(state_.WaitForExtensionEvent("nobody").error().code, ErrorCode::kConflict);
  EXPECT_EQ(state_.Register("").error().code, ErrorCode::kInvalidArgument);
}

TEST_F(RuntimeStateTest, CancelEndsTheHostsWaitsAlone) {
  auto next = AskForNext();
  state_.Cancel();
  EXPECT_FALSE(state_.WaitForAnswer(kLong));
  EXPECT_EQ(state_.WaitUntilReady(kLong), Readiness::kClosed);
  EXPECT_TRUE(state_.ended());
  EXPECT_EQ(next.wait_for(kShort), std::future_status::timeout);
  state_.Close();
  EXPECT_EQ(next.get().error().code, ErrorCode::kCancelled);
}

TEST_F(RuntimeStateTest, CloseEndsEveryWaitAndKeepsAnAnswerThatCame) {
  TakeEvent("r1");
  ASSERT_TRUE(state_.Respond("r1", "last words"));
  auto next = std::async(std::launch::async, [this] { return state_.Next(); });
  state_.Close();
  EXPECT_EQ(next.get().error().code, ErrorCode::kCancelled);
  EXPECT_EQ(state_.WaitForAnswer(kLong)->body, "last words");
  EXPECT_FALSE(state_.WaitForAnswer(kLong));
  EXPECT_EQ(state_.WaitUntilReady(kLong), Readiness::kClosed);
  EXPECT_EQ(state_.Respond("r1", "").error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace signpost::local
