#include <atomic>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "contract_world.h"

namespace signpost::idempotency {
namespace {

INSTANTIATE_TEST_SUITE_P(On, StoreContract, ::testing::ValuesIn(KindsOfTheServer()), NameOf);
INSTANTIATE_TEST_SUITE_P(On, ReplacingStoreContract, ::testing::ValuesIn(ReplacingKinds()), NameOf);

INSTANTIATE_TEST_SUITE_P(On, StoreContractWithoutReplacing, ::testing::ValuesIn(KindsWithoutReplacing()), NameOf);
// The server of a run has kinds of the one sort or of the other.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ReplacingStoreContract);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContractWithoutReplacing);

TEST_P(StoreContract, FindsNothingWhereNothingIs) {
  const auto found = store().Read({}, Id("none"));
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_FALSE(*found);
}

TEST_P(StoreContract, GivesBackEveryField) {
  Record record = NewRecord(Id("x"), "owner", 7);
  record.status = RecordStatus::kCompleted;
  record.data = "{\"key\":\"quote \\\" slash \\\\ caf\xc3\xa9 \xf0\x9f\x98\x80 \\u0001\"}";
  const auto created = store().Create({}, record);
  ASSERT_TRUE(created) << created.error().ToString();
  EXPECT_TRUE(created->written);
  const auto found = store().Read({}, record.id);
  ASSERT_TRUE(found && *found) << (found ? "nothing there" : found.error().ToString());
  EXPECT_EQ(ToJson((*found)->record), ToJson(record));
  EXPECT_EQ((*found)->version, created->now->version);
}

TEST_P(StoreContract, KeepsEmptyTextsAndALongOne) {
  Record record = NewRecord(Id("x"), "owner");
  record.data = std::string(100'000, 'd');
  record.validation.clear();
  ExpectOk(store().Create({}, record));
  const auto found = store().Read({}, record.id);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(ToJson((*found)->record), ToJson(record));
}

TEST_P(StoreContract, C1_SecondCreateChangesNothingAndShowsTheFirst) {
  ExpectOk(store().Create({}, NewRecord(Id("x"), "first")));
  const auto second = store().Create({}, NewRecord(Id("x"), "second"));
  ASSERT_TRUE(second) << second.error().ToString();
  EXPECT_FALSE(second->written);
  ASSERT_TRUE(second->now);
  EXPECT_EQ(second->now->record.owner, "first");
  EXPECT_EQ((*store().Read({}, Id("x")))->record.owner, "first");
}

TEST_P(ReplacingStoreContract, ReplacesWhatWasSeenAsOftenAsItIsKnown) {
  auto now = store().Create({}, NewRecord(Id("x"), "owner", 0));
  ASSERT_TRUE(now);
  for (std::uint64_t revision = 1; revision < 5; ++revision) {
    now = store().Replace({}, *now->now, NewRecord(Id("x"), "owner", revision));
    ASSERT_TRUE(now) << now.error().ToString();
    EXPECT_TRUE(now->written);
  }
  EXPECT_EQ((*store().Read({}, Id("x")))->record.revision, 4u);
}

TEST_P(ReplacingStoreContract, C3_ReplacesNothingButWhatWasSeen) {
  const auto seen = store().Create({}, NewRecord(Id("x"), "a", 0));
  ASSERT_TRUE(seen);
  ExpectOk(store().Replace({}, *seen->now, NewRecord(Id("x"), "a", 1)));  // The same owner, one write later.
  const auto late = store().Replace({}, *seen->now, NewRecord(Id("x"), "b"));
  ASSERT_TRUE(late) << late.error().ToString();
  EXPECT_FALSE(late->written);
  ASSERT_TRUE(late->now);
  EXPECT_EQ(late->now->record.owner, "a");
  EXPECT_EQ(late->now->record.revision, 1u);
  const auto informed = store().Replace({}, *late->now, NewRecord(Id("x"), "b"));
  ASSERT_TRUE(informed);
  EXPECT_TRUE(informed->written) << "what a lost race shows is good to replace";
}

TEST_P(StoreContractWithoutReplacing, SaysSoInsteadOfLosingTheLock) {
  const auto created = store().Create({}, NewRecord(Id("x"), "owner", 0));
  ASSERT_TRUE(created);
  const auto refused = store().Replace({}, *created->now, NewRecord(Id("x"), "owner", 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInternal) << refused.error().ToString();
}

TEST_P(StoreContract, ReplacesNothingWhereNothingIs) {
  const auto outcome = store().Replace(
      {}, {.record = NewRecord(Id("x"), "a"), .version = "00000000000000000000000000000000"}, NewRecord(Id("x"), "b"));
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_FALSE(outcome->written);
  EXPECT_FALSE(outcome->now);
}

/// Sixteen threads each `write` once; how many were told that they wrote.
int Winners(const std::function<Result<WriteOutcome>(int)>& write) {
  std::atomic<int> winners = 0;
  std::latch start(16);
  {
    std::vector<std::jthread> threads;
    threads.reserve(16);
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        const auto outcome = write(i);
        ExpectOk(outcome);
        if (outcome && outcome->written) ++winners;
      });
    }
  }
  return winners;
}

TEST_P(StoreContract, N10_OneOfSixteenCreatesAtOnceWins) {
  for (int round = 0; round < 5; ++round) {
    const std::string id = Id(std::to_string(round));
    EXPECT_EQ(Winners([&](int i) { return store().Create({}, NewRecord(id, std::to_string(i))); }), 1);
  }
}

TEST_P(ReplacingStoreContract, N10_OneOfSixteenReplacesAtOnceWins) {
  auto seen = store().Create({}, NewRecord(Id("x"), "start"));
  ASSERT_TRUE(seen);
  for (int round = 0; round < 5; ++round) {
    const Stored before = *seen->now;
    EXPECT_EQ(Winners([&](int i) { return store().Replace({}, before, NewRecord(Id("x"), std::to_string(i), round)); }),
              1);
    seen = WriteOutcome{.written = true, .now = *store().Read({}, Id("x"))};
  }
}

TEST_P(StoreContract, C5_MissingTableOrBucketIsNotFound) {
  const auto elsewhere = Elsewhere();
  if (!elsewhere) return;
  const auto read = elsewhere->Read({}, "x");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kNotFound) << read.error().ToString();
  const auto created = elsewhere->Create({}, NewRecord("x", "a"));
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, ErrorCode::kNotFound) << created.error().ToString();
}

}  // namespace
}  // namespace signpost::idempotency
