#include "job/url_signer.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::job {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

/// Hands out the credentials given, one set for each fetch; the last one again and again.
class ListedProvider final : public aws::CredentialsProvider {
 public:
  explicit ListedProvider(std::deque<Credentials> sets) : can_refresh_(sets.size() > 1), sets_(std::move(sets)) {}

  Result<Credentials> Fetch(const CallContext& /*context*/) override {
    Credentials credentials = sets_.front();
    if (sets_.size() > 1) sets_.pop_front();
    return credentials;
  }
  bool CanRefresh() const override { return can_refresh_; }
  std::string Describe() const override { return "a list"; }

 private:
  const bool can_refresh_;
  std::deque<Credentials> sets_;
};

class UrlSignerTest : public ::testing::Test {
 protected:
  Credentials Keys(std::optional<seconds> life, std::string token = "token") const {
    Credentials credentials{.access_key_id = "AKIA",
                            .secret_access_key = SecretString("secret"),
                            .session_token = SecretString(std::move(token)),
                            .expires_at = std::nullopt};
    if (life) credentials.expires_at = std::chrono::floor<seconds>(clock_.Now()) + *life;
    return credentials;
  }

  Result<UrlSigner> Make(std::deque<Credentials> sets, const UrlOptions& options) {
    cache_.emplace(std::make_unique<ListedProvider>(std::move(sets)), &clock_);
    client_.emplace(s3::ClientOptions{.region = {"eu-central-1"}}, &transport_, &*cache_, &retrier_, &skewed_);
    return UrlSigner::Create(options, &*client_, {});
  }

  /// The life of a URL of any bucket.
  Result<UrlLife> LifeOf(std::deque<Credentials> sets, const UrlOptions& options) {
    auto signer = Make(std::move(sets), options);
    if (!signer) return Forward(signer);
    auto presigner = signer->ForBucket(*Bucket::Parse("data"), {});
    if (!presigner) return Forward(presigner);
    return signer->life();
  }

  testing::FakeClock clock_;
  aws::SkewedClock skewed_{&clock_};
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{{}, &budget_, &skewed_, &sleeper_, &random_};
  testing::ScriptedTransport transport_{[](const http::Request&, int) -> Result<http::Response> {
    return Fail(ErrorCode::kInternal, "nothing may be sent");
  }};
  std::optional<aws::CredentialsCache> cache_;
  std::optional<s3::Client> client_;
};

TEST_F(UrlSignerTest, ExpiresWithTheUrlWhenTheCredentialsLiveLonger) {
  const auto life = LifeOf({Keys(hours(2))}, {.expires_in = minutes(15)});
  ASSERT_TRUE(life) << life.error().message;
  EXPECT_EQ(life->expires_at - life->signed_at, minutes(15));
  EXPECT_FALSE(life->expires_at_is_upper_bound);
}

TEST_F(UrlSignerTest, RefusesUrlsThatOutliveTheCredentialsAndNamesBothTimes) {
  const auto life = LifeOf({Keys(hours(1))}, {.expires_in = hours(12)});
  ASSERT_FALSE(life);
  EXPECT_EQ(life.error().code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(life.error().message, HasSubstr("2026-01-01T12:00:00Z"));
  EXPECT_THAT(life.error().message, HasSubstr("2026-01-01T01:00:00Z"));
  EXPECT_THAT(life.error().message, HasSubstr("--allow-short-lived"));
}

TEST_F(UrlSignerTest, N18_TellsTheCredentialsEndWhenAllowedToGoOn) {
  const auto life = LifeOf({Keys(hours(1))}, {.expires_in = hours(12), .allow_short_lived = true});
  ASSERT_TRUE(life);
  EXPECT_EQ(life->expires_at - life->signed_at, hours(1));
  EXPECT_FALSE(life->expires_at_is_upper_bound);
}

TEST_F(UrlSignerTest, RenewsCredentialsThatEndTooEarly) {
  cache_.emplace(std::make_unique<ListedProvider>(std::deque{Keys(minutes(10)), Keys(hours(12))}), &clock_);
  ASSERT_TRUE(cache_->Get({}, seconds(0)));
  client_.emplace(s3::ClientOptions{.region = {"eu-central-1"}}, &transport_, &*cache_, &retrier_, &skewed_);
  auto signer = UrlSigner::Create({.expires_in = hours(1)}, &*client_, {});
  ASSERT_TRUE(signer) << signer.error().message;
  ASSERT_TRUE(signer->ForBucket(*Bucket::Parse("data"), {}));
  EXPECT_EQ(signer->life().expires_at - signer->life().signed_at, hours(1));
}

TEST_F(UrlSignerTest, SignsWithOtherCredentialsThanTheClientsWhenGiven) {
  ASSERT_TRUE(Make({Keys(minutes(1))}, {.allow_short_lived = true}));
  Credentials other = Keys(hours(3));
  other.access_key_id = "OTHER";
  aws::CredentialsCache signers(std::make_unique<ListedProvider>(std::deque{other}), &clock_);
  auto signer = UrlSigner::Create({.expires_in = hours(2)}, &*client_, {}, &signers);
  ASSERT_TRUE(signer) << signer.error().message;
  auto presigner = signer->ForBucket(*Bucket::Parse("data"), {});
  ASSERT_TRUE(presigner);
  EXPECT_THAT(presigner->GetUrl("key"), HasSubstr("X-Amz-Credential=OTHER%2F"));
}

TEST_F(UrlSignerTest, SaysUpperBoundForTemporaryCredentialsOfUnknownEnd) {
  EXPECT_TRUE(LifeOf({Keys(std::nullopt)}, {})->expires_at_is_upper_bound);
  EXPECT_FALSE(LifeOf({Keys(std::nullopt, "")}, {})->expires_at_is_upper_bound);
}

TEST_F(UrlSignerTest, SignsEverythingAtTheTimeOfTheFirstUrl) {
  auto signer = Make({Keys(std::nullopt, "")}, {});
  ASSERT_TRUE(signer);
  skewed_.CorrectTo(clock_.Now() + minutes(7));
  const std::string first = signer->ForBucket(*Bucket::Parse("data"), {})->GetUrl("k");
  clock_.Advance(hours(1));
  const std::string second = signer->ForBucket(*Bucket::Parse("data"), {})->GetUrl("k");
  EXPECT_EQ(first, second);
  EXPECT_THAT(first, HasSubstr("X-Amz-Date=20260101T000700Z"));
}

TEST_F(UrlSignerTest, TakesTheSigningTimeAskedFor) {
  const auto time = std::chrono::sys_days(std::chrono::year(2020) / 2 / 29);
  const auto life = LifeOf({Keys(std::nullopt, "")}, {.signing_time = time});
  ASSERT_TRUE(life);
  EXPECT_EQ(life->signed_at, time);
}

/// A signing that is continued a minute later, with credentials of this token and life.
class ContinuedSigning : public UrlSignerTest {
 protected:
  /// The life of all URLs, and one of those that are signed now.
  struct Signed {
    UrlLife life;
    std::string url;
    std::string signer;
  };

  Result<Signed> Continue(const Credentials& credentials, bool allow_short_lived = false) {
    cache_.emplace(std::make_unique<ListedProvider>(std::deque{credentials}), &clock_);
    client_.emplace(s3::ClientOptions{.region = {"eu-central-1"}}, &transport_, &*cache_, &retrier_, &skewed_);
    const UrlOptions options{
        .expires_in = minutes(15), .signed_query = {}, .signing_time = {}, .allow_short_lived = allow_short_lived};
    auto signer = UrlSigner::Continue(options, earlier_, &*client_, {});
    if (!signer) return Forward(signer);
    auto presigner = signer->ForBucket(*Bucket::Parse("data"), {});
    if (!presigner) return Forward(presigner);
    return Signed{signer->life(), presigner->GetUrl("key"), signer->signer()};
  }

  void SetUp() override {
    const auto start = std::chrono::floor<seconds>(clock_.Now());
    earlier_ = {.life = {.signed_at = start, .expires_at = start + minutes(15)}, .signer = FingerprintOf(Keys({}))};
    clock_.Advance(minutes(1));
  }

  EarlierSigning earlier_;
};

TEST_F(ContinuedSigning, WithTheSameCredentialsIsAsIfItHadNotStopped) {
  const auto continued = Continue(Keys(minutes(20)));
  ASSERT_TRUE(continued) << continued.error().ToString();
  EXPECT_THAT(continued->url, HasSubstr("X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&"));
  EXPECT_EQ(continued->life.signed_at, earlier_.life.signed_at);
  EXPECT_EQ(continued->life.expires_at, earlier_.life.expires_at);
  EXPECT_FALSE(continued->life.expires_at_is_upper_bound);
  EXPECT_EQ(continued->signer, earlier_.signer);
}

TEST_F(ContinuedSigning, WithOtherCredentialsEndsWithTheEarlierUrls) {
  const auto continued = Continue(Keys(minutes(20), "another"));
  ASSERT_TRUE(continued) << continued.error().ToString();
  EXPECT_THAT(continued->url, HasSubstr("X-Amz-Date=20260101T000100Z&X-Amz-Expires=840&"));
  EXPECT_EQ(continued->life.signed_at, earlier_.life.signed_at) << "the first URL's";
  EXPECT_EQ(continued->life.expires_at, earlier_.life.expires_at);
  EXPECT_EQ(continued->signer, "") << "no one set of credentials any more";
}

TEST_F(ContinuedSigning, N18_ExpiryIsTheEarliestOfAllUrls) {
  const auto end = std::chrono::floor<seconds>(clock_.Now()) + minutes(10);
  EXPECT_FALSE(Continue(Keys(minutes(10), "another"))) << "14 minutes are wanted";
  const auto continued = Continue(Keys(minutes(10), "another"), /*allow_short_lived=*/true);
  ASSERT_TRUE(continued) << continued.error().ToString();
  EXPECT_EQ(continued->life.expires_at, end);
}

TEST_F(ContinuedSigning, OfUnknownEndStaysAnUpperBound) {
  EXPECT_TRUE(Continue(Keys({}, "another"))->life.expires_at_is_upper_bound);
  earlier_.life.expires_at_is_upper_bound = true;
  EXPECT_TRUE(Continue(Keys(minutes(20), "another"))->life.expires_at_is_upper_bound);
}

TEST(FingerprintOf, TellsCredentialsApartWithoutTellingThem) {
  const auto fingerprint = [](std::string key, std::string token) {
    return FingerprintOf({.access_key_id = std::move(key),
                          .secret_access_key = SecretString("secret"),
                          .session_token = SecretString(std::move(token)),
                          .expires_at = std::nullopt});
  };
  EXPECT_EQ(fingerprint("KEY", "token"), fingerprint("KEY", "token"));
  EXPECT_NE(fingerprint("KEY", "token"), fingerprint("KEY", "tokem"));
  EXPECT_NE(fingerprint("KEY", ""), fingerprint("KEZ", ""));
  EXPECT_EQ(fingerprint("KEY", "token").size(), 32u);
}

}  // namespace
}  // namespace signpost::job
