#include "local/event_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/fake_time.h"

namespace signpost::local {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Hands out what the test put into it; once that is gone, asks the source to stop.
class FakeQueue final : public SqsQueue {
 public:
  explicit FakeQueue(testing::FakeClock* clock) : clock_(clock) {}

  Result<SqsQueueFacts> Describe(const CallContext&) override { return facts; }
  Result<std::vector<SqsMessage>> Receive(const CallContext&, int most, std::chrono::seconds wait) override {
    asked.push_back(most);
    waits.push_back(wait);
    if (!receive_error.message.empty()) return std::unexpected(receive_error);
    std::vector<SqsMessage> handed;
    while (!messages.empty() && static_cast<int>(handed.size()) < std::min(most, most_at_once)) {
      handed.push_back(messages.front());
      messages.erase(messages.begin());
    }
    if (handed.empty()) {
      clock_->Advance(std::max<std::chrono::milliseconds>(wait, 1ms));
      if (stop_when_empty) stop.request_stop();
    }
    return handed;
  }
  Status Delete(const CallContext& context, std::span<const std::string> handles) override {
    EXPECT_FALSE(context.stop.stop_possible());
    deleted.insert(deleted.end(), handles.begin(), handles.end());
    return delete_outcome;
  }

  void Put(int count, std::size_t bytes = 0) {
    for (int n = 1; n <= count; ++n) {
      const nlohmann::json record{{"messageId", IdOf(n)}, {"body", std::string(bytes, 'x')}};
      messages.push_back({.message_id = IdOf(n), .receipt_handle = "h" + std::to_string(n), .record = record.dump()});
    }
  }
  static std::string IdOf(int n) { return "m" + std::to_string(n); }

  SqsQueueFacts facts{.arn = "arn", .visibility_timeout = 30s};
  std::vector<SqsMessage> messages;
  int most_at_once = 10;
  bool stop_when_empty = true;
  Error receive_error;
  Status delete_outcome;
  std::stop_source stop;
  std::vector<int> asked;
  std::vector<std::chrono::seconds> waits;
  std::vector<std::string> deleted;

 private:
  testing::FakeClock* const clock_;
};

class EventSourceTest : public ::testing::Test {
 protected:
  Status Run() {
    options_.log = [this](std::string_view line) { log_.append(line).append("\n"); };
    Misbehaviour misbehaviour(faults_);
    EventSource source(
        options_, &queue_,
        [this](const std::string& event) {
          events_.push_back(nlohmann::json::parse(event));
          if (stop_when_invoked_) queue_.stop.request_stop();
          return result_;
        },
        &misbehaviour, &clock_);
    return source.Run({.stop = queue_.stop.get_token(), .deadline = std::nullopt});
  }
  std::vector<std::size_t> Sizes() const {
    std::vector<std::size_t> sizes;
    for (const auto& event : events_) sizes.push_back(event["Records"].size());
    return sizes;
  }

  testing::FakeClock clock_;
  FakeQueue queue_{&clock_};
  FaultCounts faults_;
  bool stop_when_invoked_ = false;
  EventSource::Options options_;
  Result<InvokeResult> result_ = InvokeResult{.payload = R"({"batchItemFailures":[]})"};
  std::vector<nlohmann::json> events_;
  std::string log_;
};

TEST_F(EventSourceTest, WhatSucceededIsDeleted) {
  queue_.Put(2);
  ASSERT_TRUE(Run());
  ASSERT_EQ(events_.size(), 1U);
  EXPECT_EQ(events_[0]["Records"][1]["messageId"], "m2");
  EXPECT_THAT(queue_.deleted, ElementsAre("h1", "h2"));
  EXPECT_THAT(log_, HasSubstr("batch of 2: 2 done, 0 to come again"));
}

TEST_F(EventSourceTest, WhatFailedIsLeft) {
  queue_.Put(3);
  result_->payload = R"({"batchItemFailures":[{"itemIdentifier":"m2"}]})";
  ASSERT_TRUE(Run());
  EXPECT_THAT(queue_.deleted, ElementsAre("h1", "h3"));
}

TEST_F(EventSourceTest, FunctionErrorLeavesAll) {
  queue_.Put(3);
  result_->function_error = true;
  ASSERT_TRUE(Run());
  EXPECT_THAT(queue_.deleted, IsEmpty());
  EXPECT_THAT(log_, HasSubstr("0 done, 3 to come again: the function failed"));
}

TEST_F(EventSourceTest, WithoutItemFailuresAnyAnswerDeletesAll) {
  options_.report_batch_item_failures = false;
  queue_.Put(2);
  result_->payload = R"({"batchItemFailures":[{"itemIdentifier":"m2"}]})";
  ASSERT_TRUE(Run());
  EXPECT_THAT(queue_.deleted, ElementsAre("h1", "h2"));
}

TEST_F(EventSourceTest, BatchHoldsAtMostItsSize) {
  options_.batch_size = 2;
  queue_.Put(5);
  ASSERT_TRUE(Run());
  EXPECT_THAT(Sizes(), ElementsAre(2, 2, 1));
  EXPECT_THAT(queue_.asked, ::testing::Each(::testing::Le(2)));
}

TEST_F(EventSourceTest, WindowFillsABatchFromSeveralReceives) {
  options_.batch_size = 25;
  options_.window = 5s;
  queue_.most_at_once = 4;
  queue_.Put(25);
  ASSERT_TRUE(Run());
  EXPECT_THAT(Sizes(), ElementsAre(25));
}

TEST_F(EventSourceTest, WindowEndsWithWhatIsThere) {
  options_.batch_size = 25;
  options_.window = 5s;
  queue_.Put(7);
  const TimePoint start = clock_.Now();
  ASSERT_TRUE(Run());
  EXPECT_THAT(Sizes(), ElementsAre(7));
  EXPECT_THAT(queue_.waits, ElementsAre(10s, 5s));
  EXPECT_EQ(clock_.Now() - start, 5s);
}

TEST_F(EventSourceTest, EventsStayWithinTheSizeLimit) {
  queue_.Put(10, 1 << 20);
  ASSERT_TRUE(Run());
  EXPECT_THAT(Sizes(), ElementsAre(5, 5));
  EXPECT_EQ(queue_.deleted.size(), 10U);
}

TEST_F(EventSourceTest, VisibilityShorterThanTheTimeoutIsRefused) {
  options_.function_timeout = 31s;
  queue_.Put(1);
  const Status done = Run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(queue_.asked, IsEmpty());
}

TEST_F(EventSourceTest, QueueThatFailsForGoodEndsTheWork) {
  queue_.receive_error = {.code = ErrorCode::kDenied, .message = "no"};
  const Status done = Run();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kDenied);
}

TEST_F(EventSourceTest, DeleteThatFailsIsToldAndTheWorkGoesOn) {
  options_.batch_size = 1;
  queue_.Put(2);
  queue_.delete_outcome = Fail(ErrorCode::kUnavailable, "not now");
  ASSERT_TRUE(Run());
  EXPECT_EQ(events_.size(), 2U);
  EXPECT_THAT(log_, HasSubstr("not now"));
}

TEST_F(EventSourceTest, StopDuringAnInvocationEndsTheWorkWithoutADelete) {
  queue_.Put(1);
  result_ = Fail(ErrorCode::kCancelled, "the emulator was ended");
  queue_.stop_when_empty = false;
  stop_when_invoked_ = true;
  EXPECT_TRUE(Run());
  EXPECT_THAT(queue_.deleted, IsEmpty());
}

TEST_F(EventSourceTest, SecondDeliveryOfABatchDecides) {
  faults_ = *ParseFaults("sqs-twice:1");
  queue_.Put(1);
  ASSERT_TRUE(Run());
  EXPECT_THAT(Sizes(), ElementsAre(1, 1));
  EXPECT_THAT(queue_.deleted, ElementsAre("h1"));
}

}  // namespace
}  // namespace signpost::local
