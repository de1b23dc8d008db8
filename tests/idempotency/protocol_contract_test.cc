#include <gmock/gmock.h>

#include "contract_world.h"
#include "idempotency/lock.h"

namespace signpost::idempotency {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kLockFor{60};
constexpr seconds kMargin{5};

/// The protocol on every store, in a time of its own: late enough that no server's TTL interferes.
class ProtocolContract : public StoreContract {
 protected:
  Result<Claim> Try(const std::string& owner, std::optional<Stored> rejected = std::nullopt) {
    return TryClaim(&store(), clock_, {},
                    {.id = Id("job"),
                     .validation = "v",
                     .owner = owner,
                     .until = clock_.Now() + kLockFor,
                     .ttl = hours(24),
                     .margin = kMargin,
                     .rejected = std::move(rejected)});
  }
  static std::unique_ptr<Lock> LockOf(Result<Claim> claim) {
    if (claim && std::holds_alternative<std::unique_ptr<Lock>>(*claim)) {
      return std::get<std::unique_ptr<Lock>>(std::move(*claim));
    }
    ADD_FAILURE() << (claim ? "not claimed" : claim.error().ToString());
    return nullptr;
  }
  TimePoint LockEnd() const { return clock_.Now() + kLockFor; }
  std::chrono::sys_seconds Tomorrow() const { return std::chrono::ceil<seconds>(clock_.Now() + hours(24)); }

  testing::FakeClock clock_{std::chrono::sys_days(std::chrono::year(2100) / 1 / 1)};
};

INSTANTIATE_TEST_SUITE_P(On, ProtocolContract, ::testing::ValuesIn(ReplacingKinds()), NameOf);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(ProtocolContract);  // On a server that cannot replace.

TEST_P(ProtocolContract, C1_LockIsHeldAgainstOthers) {
  const auto lock = LockOf(Try("a"));
  const auto other = Try("b");
  ASSERT_TRUE(other) << other.error().ToString();
  ASSERT_TRUE(std::holds_alternative<Held>(*other));
  EXPECT_EQ(std::get<Held>(*other).until, LockEnd() + kMargin);
}

TEST_P(ProtocolContract, C2_LockIsTakenOverAfterItsEndAndNotBefore) {
  LockOf(Try("a"));
  clock_.Advance(kLockFor + kMargin - milliseconds(1));
  EXPECT_TRUE(std::holds_alternative<Held>(*Try("b")));
  clock_.Advance(milliseconds(1));
  EXPECT_TRUE(LockOf(Try("b")));
}

TEST_P(ProtocolContract, C3_ZombieChangesNothing) {
  const auto zombie = LockOf(Try("a"));
  ASSERT_TRUE(zombie);
  clock_.Advance(kLockFor + kMargin);
  const auto successor = LockOf(Try("b"));
  ASSERT_TRUE(successor);
  const Status noted = zombie->Note({}, "{}", LockEnd());
  ASSERT_FALSE(noted);
  EXPECT_EQ(noted.error().code, ErrorCode::kConflict) << noted.error().ToString();
  EXPECT_FALSE(zombie->Complete({}, Tomorrow()));
  EXPECT_TRUE(zombie->Release({}));
  EXPECT_EQ((*store().Read({}, Id("job")))->record.owner, "b");
  ExpectOk(successor->Note({}, "{}", LockEnd()));
}

TEST_P(ProtocolContract, CompletedRecordIsFoundAndCanBeClaimedOver) {
  const auto lock = LockOf(Try("a"));
  ASSERT_TRUE(lock);
  ExpectOk(lock->Note({}, "{\"key\":\"m\"}", LockEnd()));
  ExpectOk(lock->Extend({}, LockEnd()));
  ExpectOk(lock->Complete({}, Tomorrow()));
  const auto found = Try("b");
  ASSERT_TRUE(found) << found.error().ToString();
  ASSERT_TRUE(std::holds_alternative<Stored>(*found));
  EXPECT_EQ(std::get<Stored>(*found).record.data, "{\"key\":\"m\"}");
  EXPECT_TRUE(LockOf(Try("b", std::get<Stored>(*found))));
  EXPECT_TRUE(std::holds_alternative<Held>(*Try("c", std::get<Stored>(*found))));
}

TEST_P(ProtocolContract, ReleasedLockIsFreeAtOnce) {
  const auto lock = LockOf(Try("a"));
  ASSERT_TRUE(lock);
  ExpectOk(lock->Release({}));
  EXPECT_TRUE(LockOf(Try("b")));
}

TEST_P(ProtocolContract, LeftLockIsFreeAtOnceWithTheLargestCheckpointThatIsEverKept) {
  const std::string data(380'000, 'x');
  const auto lock = LockOf(Try("a"));
  ASSERT_TRUE(lock);
  ExpectOk(lock->Leave({}, data));
  const auto next = LockOf(Try("b"));
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->data() == data);
  EXPECT_FALSE(lock->Leave({}, "late"));
  EXPECT_TRUE((*store().Read({}, Id("job")))->record.data == data);
}

}  // namespace
}  // namespace signpost::idempotency
