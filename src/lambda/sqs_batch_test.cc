#include "lambda/sqs_batch.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace signpost::lambda {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SqsBatch Batch(std::vector<std::string> ids, bool fifo = false) {
  SqsBatch batch;
  batch.fifo = fifo;
  for (std::string& id : ids) batch.records.push_back({.message_id = std::move(id), .receipt_handle = "", .body = ""});
  return batch;
}

/// Runs records of which those in `bad` fail; `time_for` says how many may be started.
struct Runs {
  std::set<std::string> bad;
  std::size_t time_for = 1000;
  std::vector<std::string> started;

  std::vector<std::string> Of(const SqsBatch& batch) {
    return RunBatch(batch, {.may_start = [this] { return started.size() < time_for; },
                            .run =
                                [this](const SqsRecord& record) {
                                  started.push_back(record.message_id);
                                  return !bad.contains(record.message_id);
                                }});
  }
};

TEST(RunBatch, ReportsNothingWhenAllSucceed) {
  Runs runs;
  EXPECT_THAT(runs.Of(Batch({"a", "b"})), IsEmpty());
  EXPECT_THAT(runs.started, ElementsAre("a", "b"));
}

TEST(RunBatch, ReportsExactlyTheFailedAndGoesOn) {
  Runs runs{.bad = {"b"}};
  EXPECT_THAT(runs.Of(Batch({"a", "b", "c"})), ElementsAre("b"));
  EXPECT_THAT(runs.started, ElementsAre("a", "b", "c"));
}

TEST(RunBatch, Q5_AFifoQueueStopsAtTheFirstFailure) {
  Runs runs{.bad = {"b", "d"}};
  EXPECT_THAT(runs.Of(Batch({"a", "b", "c", "d"}, /*fifo=*/true)), ElementsAre("b", "c", "d"));
  EXPECT_THAT(runs.started, ElementsAre("a", "b"));
}

TEST(RunBatch, ReportsWhatThereIsNoTimeFor) {
  Runs runs{.bad = {}, .time_for = 1};
  EXPECT_THAT(runs.Of(Batch({"a", "b", "c"})), ElementsAre("b", "c"));
  EXPECT_THAT(runs.started, ElementsAre("a"));
}

TEST(RunBatch, Q1_ReportsAMessageThatIsInABatchTwiceOnce) {
  Runs runs{.bad = {"a"}};
  EXPECT_THAT(runs.Of(Batch({"a", "b", "a"})), ElementsAre("a"));
}

TEST(ToBatchAnswerTest, HasTheNamesThatTheEventSourceMappingReads) {
  EXPECT_EQ(ToBatchAnswer({}), R"({"batchItemFailures":[]})");
  EXPECT_EQ(ToBatchAnswer({"a", "b"}), R"({"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]})");
}

}  // namespace
}  // namespace signpost::lambda
