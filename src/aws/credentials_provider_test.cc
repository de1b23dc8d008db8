#include "aws/credentials_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_time.h"

namespace signpost::aws {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

/// Hands out keys "1", "2", ... that live for `life`, or fails.
class CountingProvider final : public CredentialsProvider {
 public:
  CountingProvider(const Clock* clock, std::chrono::seconds life, bool can_refresh, int* calls, bool* fails)
      : clock_(clock), life_(life), can_refresh_(can_refresh), calls_(calls), fails_(fails) {}

  Result<Credentials> Fetch(const CallContext& /*context*/) override {
    ++*calls_;
    if (*fails_) return Fail(ErrorCode::kUnavailable, "the source is away");
    Credentials credentials;
    credentials.access_key_id = std::to_string(*calls_);
    credentials.session_token = SecretString("token " + credentials.access_key_id);
    if (life_ != 0s) credentials.expires_at = std::chrono::floor<std::chrono::seconds>(clock_->Now()) + life_;
    return credentials;
  }
  bool CanRefresh() const override { return can_refresh_; }
  std::string Describe() const override { return "the test's source"; }

 private:
  const Clock* const clock_;
  const std::chrono::seconds life_;
  const bool can_refresh_;
  int* const calls_;
  bool* const fails_;
};

class CredentialsCacheTest : public ::testing::Test {
 protected:
  CredentialsCache Make(std::chrono::seconds life, bool can_refresh = true) {
    return {std::make_unique<CountingProvider>(&clock_, life, can_refresh, &calls_, &fails_), &clock_};
  }

  signpost::testing::FakeClock clock_;
  int calls_ = 0;
  bool fails_ = false;
  const CallContext context_;
};

TEST_F(CredentialsCacheTest, AsksOnceWhileEnoughLifeIsLeft) {
  CredentialsCache cache = Make(1h);
  EXPECT_EQ(cache.Get(context_)->access_key_id, "1");
  clock_.Advance(55min);
  EXPECT_EQ(cache.Get(context_)->access_key_id, "1");
  clock_.Advance(1s);
  EXPECT_EQ(cache.Get(context_)->access_key_id, "2");
}

TEST_F(CredentialsCacheTest, RefreshesForALongerUrlLife) {
  CredentialsCache cache = Make(1h);
  EXPECT_EQ(cache.Get(context_, 1h)->access_key_id, "1");
  clock_.Advance(1s);
  EXPECT_EQ(cache.Get(context_, 1h)->access_key_id, "2");
  EXPECT_EQ(cache.Get(context_, 30min)->access_key_id, "2");
}

TEST_F(CredentialsCacheTest, NeverAsksAgainWhereNoExpiryIsTold) {
  CredentialsCache cache = Make(0s);
  EXPECT_TRUE(cache.Get(context_, 7 * 24h));
  clock_.Advance(1000h);
  EXPECT_EQ(cache.Get(context_, 7 * 24h)->access_key_id, "1");
  EXPECT_EQ(calls_, 1);
}

TEST_F(CredentialsCacheTest, ServesWhatIsStillGoodWhileTheSourceIsAway) {
  CredentialsCache cache = Make(1h);
  ASSERT_TRUE(cache.Get(context_));
  fails_ = true;
  clock_.Advance(58min);
  EXPECT_EQ(cache.Get(context_)->access_key_id, "1");
  clock_.Advance(2min);
  const auto expired = cache.Get(context_);
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, ErrorCode::kUnavailable);
}

TEST_F(CredentialsCacheTest, RefusesExpiredCredentialsThatCannotBeRefreshed) {
  CredentialsCache cache = Make(0s - 1s, /*can_refresh=*/false);
  const auto expired = cache.Get(context_);
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(expired.error().message, HasSubstr("the test's source"));
}

TEST_F(CredentialsCacheTest, RenewsOnceForManyWhoWereRejected) {
  CredentialsCache cache = Make(1h);
  const auto first = cache.Get(context_);
  ASSERT_TRUE(first);
  EXPECT_EQ(cache.Renew(context_, *first)->access_key_id, "2");
  EXPECT_EQ(cache.Renew(context_, *first)->access_key_id, "2");
  EXPECT_EQ(calls_, 2);
}

TEST_F(CredentialsCacheTest, SaysWhyFixedKeysCannotBeRenewed) {
  CredentialsCache cache = Make(0s, /*can_refresh=*/false);
  const auto first = cache.Get(context_);
  ASSERT_TRUE(first);
  const auto renewed = cache.Renew(context_, *first);
  ASSERT_FALSE(renewed);
  EXPECT_EQ(renewed.error().code, ErrorCode::kUnauthenticated);
}

}  // namespace
}  // namespace signpost::aws
