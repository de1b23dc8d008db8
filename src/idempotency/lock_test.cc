#include "idempotency/lock.h"

#include <atomic>
#include <latch>

#include <gmock/gmock.h>

#include "idempotency/lock_keeper.h"
#include "testing/fake_time.h"
#include "testing/memory_store.h"

namespace signpost::idempotency {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::MemoryStore;
using Call = MemoryStore::Call;
using Fault = MemoryStore::Fault;

constexpr seconds kLockFor{60};
constexpr seconds kMargin{5};

class LockTest : public ::testing::Test {
 protected:
  ClaimRequest Request(std::string owner) const {
    return {.id = "job",
            .validation = "v",
            .owner = std::move(owner),
            .until = clock_.Now() + kLockFor,
            .ttl = hours(24),
            .margin = kMargin,
            .rejected = {}};
  }
  Result<Claim> Try(const ClaimRequest& request) { return TryClaim(&store_, clock_, {}, request); }
  Result<Claim> Try(std::string owner) { return Try(Request(std::move(owner))); }

  std::unique_ptr<Lock> Claimed(std::string owner) {
    auto claim = Try(std::move(owner));
    if (!claim || !std::holds_alternative<std::unique_ptr<Lock>>(*claim)) {
      ADD_FAILURE() << "not claimed";
      return nullptr;
    }
    return std::get<std::unique_ptr<Lock>>(std::move(*claim));
  }
  Record Now() const { return store_.Find("job").value_or(Stored{}).record; }

  testing::FakeClock clock_;
  MemoryStore store_;
};

TEST_F(LockTest, C1_SecondClaimLearnsHowLongTheLockIsHeld) {
  const auto first = Claimed("a");
  clock_.Advance(seconds(10));
  const auto second = Try("b");
  ASSERT_TRUE(second);
  ASSERT_TRUE(std::holds_alternative<Held>(*second));
  EXPECT_EQ(std::get<Held>(*second).until - clock_.Now(), seconds(50) + kMargin);
  EXPECT_EQ(Now().owner, "a");
}

TEST_F(LockTest, C1_OfSixteenAtOnceOneClaims) {
  for (int round = 0; round < 20; ++round) {
    store_.Erase("job");
    std::atomic<int> claimed = 0;
    std::latch start(16);
    {
      std::vector<std::jthread> threads;
      threads.reserve(16);
      for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&, i] {
          start.arrive_and_wait();
          const auto claim = Try(std::to_string(i));
          if (claim && std::holds_alternative<std::unique_ptr<Lock>>(*claim)) ++claimed;
        });
      }
    }
    EXPECT_EQ(claimed, 1);
  }
}

TEST_F(LockTest, C2_DeadHoldersLockIsTakenOverAfterItsEndAndNotBefore) {
  Claimed("a");
  clock_.Advance(kLockFor + kMargin - milliseconds(1));
  EXPECT_TRUE(std::holds_alternative<Held>(*Try("b")));
  clock_.Advance(milliseconds(1));
  EXPECT_TRUE(Claimed("b"));
  EXPECT_EQ(Now().owner, "b");
}

TEST_F(LockTest, C7_ClockAheadByLessThanTheMarginTakesNothingOver) {
  const auto first = Claimed("a");
  clock_.Advance(kLockFor - seconds(1));
  ASSERT_TRUE(first->Extend({}, clock_.Now() + kLockFor));
  clock_.Advance(kLockFor);  // The holder's time; the other's clock is up to five seconds further.
  testing::FakeClock ahead(clock_.Now() + kMargin - milliseconds(1));
  const auto claim = TryClaim(&store_, ahead, {}, Request("b"));
  ASSERT_TRUE(claim);
  EXPECT_TRUE(std::holds_alternative<Held>(*claim));
}

TEST_F(LockTest, C7_ExpiredRecordThatTheTtlHasNotRemovedIsAsGoodAsNone) {
  const auto first = Claimed("a");
  ASSERT_TRUE(first->Complete({}, std::chrono::ceil<seconds>(clock_.Now() + hours(24))));
  clock_.Advance(hours(24) - milliseconds(1));
  EXPECT_TRUE(std::holds_alternative<Stored>(*Try("b")));
  clock_.Advance(milliseconds(1));
  EXPECT_TRUE(Claimed("b"));
}

TEST_F(LockTest, C3_ZombieMayNeitherExtendNorNoteNorCompleteNorRelease) {
  const auto zombie = Claimed("a");
  clock_.Advance(kLockFor + kMargin);
  const auto successor = Claimed("b");
  const Record theirs = Now();
  for (const Status& refused : {zombie->Note({}, "data", clock_.Now() + hours(1)), zombie->Extend({}, clock_.Now()),
                                zombie->Complete({}, std::chrono::ceil<seconds>(clock_.Now() + hours(24)))}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kConflict) << refused.error().ToString();
  }
  EXPECT_TRUE(zombie->Release({}));
  EXPECT_TRUE(zombie->lost());
  EXPECT_EQ(zombie->successor()->record.owner, "b");
  EXPECT_EQ(ToJson(Now()), ToJson(theirs));
  EXPECT_TRUE(successor->Note({}, "mine", clock_.Now() + kLockFor));
}

TEST_F(LockTest, C3_ZombieThatOnlyReleasesLeavesTheSuccessorAlone) {
  const auto zombie = Claimed("a");
  clock_.Advance(kLockFor + kMargin);
  const auto successor = Claimed("b");
  EXPECT_FALSE(zombie->Release({}));
  EXPECT_TRUE(zombie->lost());
  EXPECT_EQ(Now().owner, "b");
  EXPECT_TRUE(std::holds_alternative<Held>(*Try("c")));
}

TEST_F(LockTest, TakeoverIsLostToAnExtensionMadeInBetween) {
  const auto holder = Claimed("a");
  clock_.Advance(kLockFor + kMargin);
  store_.SetFaults([&](Call call, int number) {
    // Between the taker's look at the record and its write.
    if (call == Call::kReplace && number == 1) {
      store_.SetFaults(nullptr);
      EXPECT_TRUE(holder->Extend({}, clock_.Now() + kLockFor));
    }
    return Fault::kNone;
  });
  EXPECT_TRUE(std::holds_alternative<Held>(*Try("b")));
  EXPECT_FALSE(holder->lost());
}

TEST_F(LockTest, ReleasedLockIsFreeAtOnceAndPassesOnWhatWasNoted) {
  const auto first = Claimed("a");
  ASSERT_TRUE(first->Note({}, "half done", clock_.Now() + kLockFor));
  ASSERT_TRUE(first->Release({}));
  EXPECT_EQ(Claimed("b")->data(), "half done");
  EXPECT_FALSE(first->Note({}, "more", clock_.Now() + kLockFor));
}

TEST_F(LockTest, CompletedRecordIsFoundWithItsData) {
  const auto first = Claimed("a");
  ASSERT_TRUE(first->Note({}, "the outcome", clock_.Now() + kLockFor));
  ASSERT_TRUE(first->Complete({}, std::chrono::ceil<seconds>(clock_.Now() + hours(24))));
  EXPECT_TRUE(first->Release({}));
  const auto second = Try("b");
  ASSERT_TRUE(std::holds_alternative<Stored>(*second));
  EXPECT_EQ(std::get<Stored>(*second).record.data, "the outcome");
}

TEST_F(LockTest, C4_RejectedCompletedRecordIsClaimedOverByOne) {
  const auto first = Claimed("a");
  ASSERT_TRUE(first->Note({}, "gone", clock_.Now() + kLockFor));
  ASSERT_TRUE(first->Complete({}, std::chrono::ceil<seconds>(clock_.Now() + hours(24))));
  ClaimRequest b = Request("b");
  b.rejected = store_.Find("job");
  ClaimRequest c = Request("c");
  c.rejected = store_.Find("job");
  const auto claimed = Try(b);
  ASSERT_TRUE(std::holds_alternative<std::unique_ptr<Lock>>(*claimed));
  EXPECT_EQ(std::get<std::unique_ptr<Lock>>(*claimed)->data(), "") << "what was completed leaves nothing to resolve";
  EXPECT_TRUE(std::holds_alternative<Held>(*Try(c)));
}

TEST_F(LockTest, C6_LiveRecordOfAnotherRequestIsAPermanentError) {
  ClaimRequest other = Request("b");
  other.validation = "w";
  const auto first = Claimed("a");
  const auto during = Try(other);
  ASSERT_FALSE(during);
  EXPECT_EQ(during.error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(first->Complete({}, std::chrono::ceil<seconds>(clock_.Now() + hours(24))));
  const auto after = Try(other);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, ErrorCode::kInvalidArgument);
  clock_.Advance(hours(24));
  EXPECT_TRUE(std::holds_alternative<std::unique_ptr<Lock>>(*Try(other)));
}

TEST_F(LockTest, WriteWhoseAnswerWasLostDoesNotLoseTheLock) {
  for (const bool note : {true, false}) {
    store_.Erase("job");
    const auto lock = Claimed("a");
    store_.SetFaults([](Call, int number) { return number == 0 ? Fault::kLoseAnswer : Fault::kNone; });
    const Status unclear =
        note ? lock->Note({}, "first", clock_.Now() + kLockFor) : lock->Extend({}, clock_.Now() + hours(1));
    ASSERT_FALSE(unclear);
    EXPECT_EQ(unclear.error().code, ErrorCode::kUnavailable);
    ASSERT_TRUE(lock->Note({}, "second", clock_.Now() + kLockFor));
    EXPECT_EQ(Now().data, "second");
    ASSERT_TRUE(lock->Release({}));
    store_.SetFaults(nullptr);
  }
}

TEST_F(LockTest, CompletionWhoseAnswerWasLostIsNotReleased) {
  const auto lock = Claimed("a");
  store_.SetFaults([](Call, int number) { return number == 0 ? Fault::kLoseAnswer : Fault::kNone; });
  ASSERT_FALSE(lock->Complete({}, std::chrono::ceil<seconds>(clock_.Now() + hours(24))));
  EXPECT_TRUE(lock->Release({}));
  EXPECT_TRUE(std::holds_alternative<Stored>(*Try("b")));
}

TEST_F(LockTest, ClaimWhoseAnswerWasLostIsUndone) {
  store_.SetFaults([](Call, int number) { return number == 0 ? Fault::kLoseAnswer : Fault::kNone; });
  const ClaimRequest request = Request("a");
  ASSERT_FALSE(Try(request));
  EXPECT_TRUE(std::holds_alternative<Held>(*Try("b")));
  EXPECT_TRUE(UndoClaim(&store_, {}, request));
  EXPECT_TRUE(Claimed("b"));
  EXPECT_TRUE(UndoClaim(&store_, {}, request)) << "another's lock is not given back";
  EXPECT_TRUE(std::holds_alternative<Held>(*Try("c")));
}

TEST_F(LockTest, RecordThatVanishesUnderTheClaimIsMadeAnew) {
  Claimed("a");
  clock_.Advance(kLockFor + kMargin);
  store_.SetFaults([&](Call call, int /*number*/) {
    if (call == Call::kReplace) store_.Erase("job");
    return Fault::kNone;
  });
  EXPECT_TRUE(Claimed("b"));
}

TEST_F(LockTest, LockWithoutEndOfItsOwnHoldsUntilTheRecordIsForgotten) {
  store_.Plant({.id = "job",
                .status = RecordStatus::kInProgress,
                .in_progress_expiration = clock_.Now() + hours(1),
                .expiration = std::chrono::ceil<seconds>(clock_.Now() + hours(1))});
  EXPECT_TRUE(std::holds_alternative<Held>(*Try("b")));
  clock_.Advance(hours(1) + kMargin);
  EXPECT_TRUE(Claimed("b"));
}

/// Lets the keeper's thread go on one step at a time.
class SteppedSleeper final : public Sleeper {
 public:
  void SleepFor(milliseconds duration, const std::stop_token& stop) override {
    std::unique_lock lock(mutex_);
    slept_ = duration;
    ++sleeps_;
    changed_.notify_all();
    changed_.wait(lock, stop, [this] { return steps_ > 0; });
    if (steps_ > 0) --steps_;
  }
  /// Ends one sleep and waits for the next one, or for `until`.
  void Step(const std::function<bool()>& until = [] { return false; }) {
    std::unique_lock lock(mutex_);
    const int before = sleeps_;
    ++steps_;
    changed_.notify_all();
    while (sleeps_ == before && !until()) changed_.wait_for(lock, milliseconds(1));
  }
  void AwaitSleep() {
    std::unique_lock lock(mutex_);
    while (sleeps_ == 0) changed_.wait_for(lock, milliseconds(1));
  }
  milliseconds slept() {
    const std::lock_guard lock(mutex_);
    return slept_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  milliseconds slept_{0};
  int sleeps_ = 0;
  int steps_ = 0;
};

TEST_F(LockTest, KeeperExtendsEveryThirdOfTheLockAndSurvivesAFailure) {
  const auto lock = Claimed("a");
  SteppedSleeper sleeper;
  {
    const LockKeeper keeper(lock.get(), &clock_, &sleeper, kLockFor, [] { ADD_FAILURE() << "nothing was lost"; });
    sleeper.AwaitSleep();
    EXPECT_EQ(sleeper.slept(), kLockFor / 3);
    clock_.Advance(kLockFor / 3);
    store_.SetFaults([](Call, int) { return Fault::kRefuse; });
    sleeper.Step();
    store_.SetFaults(nullptr);
    clock_.Advance(kLockFor / 3);
    sleeper.Step();
  }
  EXPECT_EQ(Now().in_progress_expiration, clock_.Now() + kLockFor);
}

TEST_F(LockTest, C3_KeeperTellsOnceWhenTheLockIsLost) {
  const auto lock = Claimed("a");
  clock_.Advance(kLockFor + kMargin);
  const auto successor = Claimed("b");
  SteppedSleeper sleeper;
  std::atomic<int> losses = 0;
  {
    const LockKeeper keeper(lock.get(), &clock_, &sleeper, kLockFor, [&] { ++losses; });
    sleeper.AwaitSleep();
    sleeper.Step([&] { return losses > 0; });
  }
  EXPECT_EQ(losses, 1);
}

}  // namespace
}  // namespace signpost::idempotency
