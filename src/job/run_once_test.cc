#include "job/run_once.h"

#include <gmock/gmock.h>

#include "aws/static_provider.h"
#include "http/curl_transport.h"
#include "idempotency/lock.h"
#include "job/job_identity.h"
#include "job/once_data.h"
#include "testing/fake_time.h"
#include "testing/memory_store.h"
#include "testing/synthetic_s3.h"

namespace signpost::job {
namespace {

using idempotency::RecordStatus;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::MemoryStore;
using ::testing::Not;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;
using Call = MemoryStore::Call;
using Fault = MemoryStore::Fault;

constexpr seconds kLockFor{60};
constexpr seconds kMargin{5};

/// Workers that share a store, a server and a clock, as processes would.
class RunOnceTest : public ::testing::Test {
 protected:
  static JobRequest Request() {
    return {.bucket = *Bucket::Parse("source"),
            .prefix = "a/",
            .output = S3Target{*Bucket::Parse("source"), "manifests/"},
            .concurrency = 2};
  }

  Result<OnceOutcome> Run(const JobRequest& request = Request(), const CallContext& context = {}) {
    const Services services{.client = &client_, .random = &random_, .clock = &clock_};
    return RunOnce(request, services, {.store = &store_, .sleeper = &sleeper_, .options = {.lock_for = kLockFor}},
                   context);
  }
  JobResult Done(const JobRequest& request = Request()) {
    auto outcome = Run(request);
    if (!outcome || !std::holds_alternative<JobResult>(*outcome)) {
      ADD_FAILURE() << (outcome ? "in progress elsewhere" : outcome.error().ToString());
      return {};
    }
    return std::get<JobResult>(std::move(*outcome));
  }
  idempotency::Record Record(const JobRequest& request = Request()) const {
    return store_.Find(IdentityOf(request).id).value_or(idempotency::Stored{}).record;
  }
  std::vector<std::string> Manifests() const { return server_.store()->Keys(); }

  /// The next round of the server, in which `act` is called before the first request of this kind takes effect.
  void Before(SyntheticCall call, const std::function<std::optional<SyntheticFault>()>& act) {
    server_.StartRound([=, this](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
      if (request.call != call || acted_.exchange(true)) return std::nullopt;
      return act();
    });
  }
  void LetTheLockEnd() { clock_.Advance(kLockFor + kMargin); }

  http::CurlGlobal curl_;
  testing::FakeClock clock_;
  testing::FakeSleeper no_wait_{&clock_};
  SystemSleeper sleeper_;
  testing::SeededRandom random_{5};
  testing::SyntheticS3 server_{testing::KeysAsListed({"a/1", "a/2", "b"})};
  http::CurlTransport transport_{{}, &clock_};
  http::RetryBudget budget_{100'000};
  http::Retrier retrier_{{}, &budget_, &clock_, &no_wait_, &random_};
  aws::SkewedClock skewed_{&clock_};
  aws::CredentialsCache credentials_{
      std::make_unique<aws::StaticProvider>(Credentials{"KEY", SecretString("secret"), {}, {}}, "the test"), &clock_};
  s3::Client client_{{.region = {"us-east-1"}, .endpoint = {.endpoint_url = server_.url()}},
                     &transport_,
                     &credentials_,
                     &retrier_,
                     &skewed_};
  MemoryStore store_;
  std::atomic<bool> acted_ = false;
};

TEST_F(RunOnceTest, SecondRunIsAnsweredFromTheRecordWithAFreshUrl) {
  const JobResult first = Done();
  EXPECT_FALSE(first.replayed);
  EXPECT_EQ(first.count, 2u);
  clock_.Advance(minutes(1));
  const JobResult second = Done();
  EXPECT_TRUE(second.replayed);
  EXPECT_EQ(second.key, first.key);
  EXPECT_EQ(second.count, 2u);
  EXPECT_EQ(second.manifest_bytes, first.manifest_bytes);
  EXPECT_EQ(second.list_calls, 0u);
  EXPECT_EQ(second.expires_at, first.expires_at);
  EXPECT_THAT(*first.manifest_url, HasSubstr("X-Amz-Date=20260101T000000Z&X-Amz-Expires=900&"));
  EXPECT_THAT(*second.manifest_url, HasSubstr("X-Amz-Date=20260101T000100Z&X-Amz-Expires=840&"));
  EXPECT_EQ(Manifests().size(), 1u);
}

TEST_F(RunOnceTest, RecordNeverHoldsAUrl) {
  Done();
  EXPECT_EQ(Record().status, RecordStatus::kCompleted);
  EXPECT_THAT(ToJson(Record()), Not(HasSubstr("X-Amz")));
  EXPECT_THAT(ToJson(Record()), Not(HasSubstr("http")));
  EXPECT_EQ(Record().expiration, std::chrono::sys_days(std::chrono::year(2026) / 1 / 2));
}

TEST_F(RunOnceTest, C1_SameJobMeanwhileLearnsThatItRunsElsewhere) {
  Before(SyntheticCall::kList, [this] {
    const auto meanwhile = Run();
    EXPECT_TRUE(meanwhile && std::holds_alternative<InProgress>(*meanwhile));
    EXPECT_EQ(std::get<InProgress>(*meanwhile).remaining, kLockFor + kMargin);
    EXPECT_EQ(AsError(std::get<InProgress>(*meanwhile)).code, ErrorCode::kConflict);
    EXPECT_THAT(AsError(std::get<InProgress>(*meanwhile)).message, HasSubstr("in 65 s"));
    return std::nullopt;
  });
  EXPECT_FALSE(Done().replayed);
  EXPECT_TRUE(Done().replayed);
  EXPECT_EQ(Manifests().size(), 1u);
}

TEST_F(RunOnceTest, JobsWithOtherOptionsDoNotMeet) {
  JobRequest csv = Request();
  csv.format = manifest::Format::kCsv;
  EXPECT_FALSE(Done().replayed);
  EXPECT_FALSE(Done(csv).replayed);
  EXPECT_TRUE(Done(csv).replayed);
  EXPECT_EQ(Manifests().size(), 2u);
}

TEST_F(RunOnceTest, C4_DeletedManifestIsMadeAnew) {
  const JobResult first = Done();
  server_.StartRound();
  const JobResult second = Done();
  EXPECT_FALSE(second.replayed);
  EXPECT_NE(second.key, first.key);
  EXPECT_THAT(Manifests(), ::testing::ElementsAre(*second.key));
  EXPECT_TRUE(Done().replayed);
}

TEST_F(RunOnceTest, C4_UrlsWithTooLittleLifeLeftAreMadeAnew) {
  Done();
  clock_.Advance(minutes(10));
  EXPECT_TRUE(Done().replayed) << "a third is left";
  clock_.Advance(seconds(1));
  EXPECT_FALSE(Done().replayed);
  EXPECT_TRUE(Done().replayed);
}

TEST_F(RunOnceTest, C4_LongLivedUrlsAreReplayedUntilFiveMinutesBeforeTheirEnd) {
  JobRequest request = Request();
  request.urls.expires_in = std::chrono::hours(12);
  Done(request);
  clock_.Advance(std::chrono::hours(12) - minutes(5));
  EXPECT_TRUE(Done(request).replayed);
  clock_.Advance(seconds(1));
  EXPECT_FALSE(Done(request).replayed);
}

TEST_F(RunOnceTest, C4_ManifestThatAnotherJobWroteOverIsMadeAnew) {
  JobRequest request = Request();
  request.output = S3Target{request.bucket, "latest"};
  JobRequest other = request;
  other.prefix = "b";
  EXPECT_EQ(Done(request).count, 2u);
  EXPECT_EQ(Done(other).count, 1u);
  const JobResult again = Done(request);
  EXPECT_FALSE(again.replayed);
  EXPECT_EQ(again.count, 2u);
}

TEST_F(RunOnceTest, C2_JobOfADeadHolderIsTakenOverAfterTheLocksEnd) {
  store_.Plant({.id = IdentityOf(Request()).id,
                .owner = "dead",
                .in_progress_expiration = clock_.Now() + kLockFor,
                .expiration = std::chrono::ceil<seconds>(clock_.Now() + minutes(60)),
                .validation = IdentityOf(Request()).validation});
  EXPECT_TRUE(std::holds_alternative<InProgress>(*Run()));
  LetTheLockEnd();
  EXPECT_FALSE(Done().replayed);
}

TEST_F(RunOnceTest, C3_ZombieThatReturnsBeforePublishingPublishesNothing) {
  JobResult successor;
  Before(SyntheticCall::kUploadPart, [&] {
    LetTheLockEnd();
    successor = Done();
    return std::nullopt;
  });
  const auto zombie = Run();
  ASSERT_FALSE(zombie);
  EXPECT_EQ(zombie.error().code, ErrorCode::kConflict);
  EXPECT_THAT(zombie.error().message, HasSubstr("nothing was published here"));
  EXPECT_THAT(Manifests(), ::testing::ElementsAre(*successor.key));
  EXPECT_EQ(server_.store()->uploads_in_progress(), 0);
  EXPECT_EQ(Done().key, successor.key);
}

TEST_F(RunOnceTest, C3_ZombieThatReturnsInTheMiddleOfPublishingPublishesNothing) {
  JobResult successor;
  Before(SyntheticCall::kComplete, [&] {  // It has passed the fence, then it was frozen.
    LetTheLockEnd();
    successor = Done();
    return std::nullopt;
  });
  const auto zombie = Run();
  ASSERT_FALSE(zombie);
  EXPECT_EQ(zombie.error().code, ErrorCode::kConflict) << zombie.error().ToString();
  EXPECT_THAT(Manifests(), ::testing::ElementsAre(*successor.key));
  EXPECT_EQ(server_.store()->uploads_in_progress(), 0);
  EXPECT_EQ(Record().status, RecordStatus::kCompleted);
  EXPECT_EQ(Done().key, successor.key);
}

TEST_F(RunOnceTest, HolderThatEndsBetweenPublishingAndCompletingLosesNothing) {
  store_.SetFaults([](Call, int number) { return number == 2 ? Fault::kRefuse : Fault::kNone; });
  const JobResult first = Done();  // Claimed, noted, published, not completed.
  EXPECT_EQ(Record().status, RecordStatus::kInProgress);
  store_.SetFaults(nullptr);
  EXPECT_TRUE(std::holds_alternative<InProgress>(*Run()));
  LetTheLockEnd();
  const JobResult second = Done();
  EXPECT_TRUE(second.replayed);
  EXPECT_EQ(second.key, first.key);
  EXPECT_EQ(Record().status, RecordStatus::kCompleted);
  EXPECT_EQ(Manifests().size(), 1u);
}

TEST_F(RunOnceTest, N10_SuccessorOfAHolderThatPublishedAnswersWithItsManifest) {
  JobResult successor;
  // The answer to the completion is lost; then the holder is frozen while it asks whether it has published.
  std::atomic<int> completions = 0;
  server_.StartRound([&](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    if (request.call == SyntheticCall::kComplete && completions++ == 0) return SyntheticFault{.reset = true};
    if (request.call != SyntheticCall::kHead || acted_.exchange(true)) return std::nullopt;
    LetTheLockEnd();
    successor = Done();
    return std::nullopt;
  });
  const JobResult first = Done();
  EXPECT_TRUE(successor.replayed);
  EXPECT_EQ(successor.key, first.key);
  EXPECT_THAT(Manifests(), ::testing::ElementsAre(*first.key));
}

TEST_F(RunOnceTest, FailureOfUnknownOutcomeIsResolvedByTheNextRun) {
  std::atomic<int> completions = 0;
  std::atomic<bool> down = false;
  server_.StartRound([&](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    if (request.call == SyntheticCall::kComplete && completions++ == 0) {
      down = true;
      return SyntheticFault{.reset = true};  // It took effect all the same.
    }
    if (down) return SyntheticFault{.status = 500, .code = "InternalError"};
    return std::nullopt;
  });
  ASSERT_FALSE(Run());
  down = false;
  const JobResult next = Done();
  EXPECT_TRUE(next.replayed);
  EXPECT_THAT(Manifests(), ::testing::ElementsAre(*next.key));
}

TEST_F(RunOnceTest, UploadThatCannotBeAbortedStopsTheSuccessor) {
  store_.SetFaults([](Call, int number) { return number == 2 ? Fault::kRefuse : Fault::kNone; });
  const JobResult first = Done();  // Published, not completed.
  store_.SetFaults(nullptr);
  LetTheLockEnd();
  server_.StartRound([](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    if (request.call != SyntheticCall::kAbort) return std::nullopt;
    return SyntheticFault{.status = 403, .code = "AccessDenied"};
  });
  const auto stopped = Run();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, ErrorCode::kDenied) << stopped.error().ToString();
  EXPECT_EQ(server_.count(SyntheticCall::kList), 0);
  EXPECT_EQ(ParseOnceData(Record().data)->result.key, first.key) << "the question is left to the next";
}

TEST_F(RunOnceTest, FailedJobGivesItsLockBack) {
  Before(SyntheticCall::kList, [] { return SyntheticFault{.status = 403, .code = "AccessDenied"}; });
  const auto failed = Run();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kDenied);
  EXPECT_FALSE(Done().replayed);
}

TEST_F(RunOnceTest, CancelledJobGivesItsLockBack) {
  std::stop_source stop;
  Before(SyntheticCall::kUploadPart, [&] {
    stop.request_stop();
    return std::nullopt;
  });
  const auto cancelled = Run(Request(), {.stop = stop.get_token(), .deadline = {}});
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled) << cancelled.error().ToString();
  EXPECT_EQ(server_.store()->uploads_in_progress(), 0);
  EXPECT_FALSE(Done().replayed);
}

TEST_F(RunOnceTest, LockEndsWithTheCallersDeadline) {
  Before(SyntheticCall::kList, [this] {
    EXPECT_EQ(Record().in_progress_expiration, clock_.Now() + minutes(9));
    return std::nullopt;
  });
  ASSERT_TRUE(Run(Request(), {.stop = {}, .deadline = clock_.Now() + minutes(9)}));
  EXPECT_TRUE(acted_);
}

TEST_F(RunOnceTest, C7_LockEndsByTheServersClockWhateverOurOwnSays) {
  skewed_.CorrectTo(clock_.Now() + std::chrono::hours(3));
  Before(SyntheticCall::kList, [this] {
    EXPECT_EQ(Record().in_progress_expiration, skewed_.Now() + minutes(9));
    return std::nullopt;
  });
  ASSERT_TRUE(Run(Request(), {.stop = {}, .deadline = clock_.Now() + minutes(9)}));
  EXPECT_TRUE(acted_);
  EXPECT_EQ(Record().status, RecordStatus::kCompleted);
}

TEST_F(RunOnceTest, C5_NothingRunsWithoutALock) {
  store_.SetFaults([](Call, int) { return Fault::kRefuse; });
  server_.StartRound();
  const auto outcome = Run();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(server_.requests(), 0);
}

TEST_F(RunOnceTest, C5_StoreThatGoesAwayBeforePublishingFailsTheJob) {
  store_.SetFaults([](Call, int number) { return number > 0 ? Fault::kRefuse : Fault::kNone; });
  ASSERT_FALSE(Run());
  EXPECT_TRUE(Manifests().empty());
  EXPECT_EQ(server_.store()->uploads_in_progress(), 0);
}

TEST_F(RunOnceTest, C6_RecordOfADifferentRequestWithTheSameIdIsAPermanentError) {
  JobRequest csv = Request();
  csv.format = manifest::Format::kCsv;
  JobRequest look_alike = Request();
  look_alike.prefix = "a/#{\"format\":\"csv\"}";
  Done(csv);
  const auto refused = Run(look_alike);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Manifests().size(), 1u);
}

TEST_F(RunOnceTest, RecordOfAnotherProgramIsReplaced) {
  store_.Plant({.id = IdentityOf(Request()).id,
                .status = RecordStatus::kCompleted,
                .expiration = std::chrono::ceil<seconds>(clock_.Now() + minutes(60)),
                .data = "{\"manifest_url\":\"https://old\"}"});
  EXPECT_FALSE(Done().replayed);
  EXPECT_TRUE(Done().replayed);
}

/// Whatever call to the store fails, with or without effect, and although the holder then ends: once the lock has ended
/// there is one manifest, and the record tells of it.
TEST_F(RunOnceTest, ManifestIsPublishedOnceWhateverCallToTheStoreFails) {
  for (const Fault fault : {Fault::kRefuse, Fault::kLoseAnswer}) {
    for (const bool for_good : {false, true}) {
      for (int failing = 0;; ++failing) {
        SCOPED_TRACE(::testing::Message() << "call " << failing << (for_good ? " and later" : ""));
        server_.StartRound();
        store_.Erase(IdentityOf(Request()).id);
        bool reached = false;
        store_.SetFaults([&](Call, int number) {
          const bool fails = number == failing || (for_good && number > failing);
          reached = reached || fails;
          return fails ? fault : Fault::kNone;
        });
        const auto faulty = Run();
        store_.SetFaults(nullptr);
        LetTheLockEnd();
        const JobResult settled = Done();
        EXPECT_THAT(Manifests(), ::testing::ElementsAre(*settled.key));
        EXPECT_EQ(faulty ? std::get<JobResult>(*faulty).key : settled.key, settled.key);
        EXPECT_EQ(Record().status, RecordStatus::kCompleted);
        EXPECT_EQ(server_.store()->uploads_in_progress(), 0);
        if (!reached) break;
        ASSERT_LT(failing, 100);
      }
    }
  }
}

TEST_F(RunOnceTest, OnlyAManifestInS3CanBeKeptTrackOf) {
  JobRequest request = Request();
  request.output = StandardOutputTarget{};
  const auto refused = Run(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store_.calls(), 0);
  EXPECT_FALSE(CheckStore(request, idempotency::DynamoDbAddress{"jobs"}));
  EXPECT_TRUE(CheckStore(request, idempotency::NoStore{}));
}

TEST(CheckStore, RefusesRecordsAmongTheListedObjects) {
  const auto check = [](std::string listed, const std::string& bucket, std::string prefix) {
    const JobRequest request{
        .bucket = *Bucket::Parse("data"), .prefix = std::move(listed), .output = S3Target{*Bucket::Parse("out"), ""}};
    return CheckStore(request, idempotency::S3Address{*Bucket::Parse(bucket), std::move(prefix)}).has_value();
  };
  EXPECT_FALSE(check("", "data", "locks/"));
  EXPECT_FALSE(check("lo", "data", "locks/"));
  EXPECT_FALSE(check("locks/", "data", "locks/"));
  EXPECT_FALSE(check("locks/0af", "data", "locks/"));
  EXPECT_FALSE(check("0", "data", ""));
  EXPECT_TRUE(check("locks/x", "data", "locks/"));
  EXPECT_TRUE(check("2026/", "data", "locks/"));
  EXPECT_TRUE(check("", "elsewhere", "locks/"));
}

}  // namespace
}  // namespace signpost::job
