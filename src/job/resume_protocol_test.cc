// Who may go on with an upload that another has left, and what becomes of one that nobody may.
#include <nlohmann/json.hpp>

#include "job/resume_fixture_test.h"

namespace signpost::job {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using StoreCall = testing::MemoryStore::Call;
using StoreFault = testing::MemoryStore::Fault;

class ResumeProtocolTest : public ResumeTest {
 protected:
  static constexpr std::uint64_t kKeys = 4'000;

  void SetUp() override { Serve("dates", kKeys); }

  /// The whole manifest, and nothing beside it.
  void ExpectOneWholeManifest(const JobResult& result) {
    EXPECT_EQ(result.count, kKeys);
    ExpectVerifies(result);
    EXPECT_THAT(Manifests(), ElementsAre(*result.key));
    EXPECT_EQ(uploads(), 0) << "left behind";
    EXPECT_EQ(Record(Request()).status, idempotency::RecordStatus::kCompleted);
    EXPECT_FALSE(Data(Request()).checkpoint);
  }
};

TEST_F(ResumeProtocolTest, UploadThatIsGoneIsBegunAnewInTheSameCall) {
  Cut(Request(), 2);
  const OnceData left = Data(Request());
  OnRequest([&](const testing::SyntheticRequest& request) -> std::optional<Fault> {
    // As after a lifecycle rule: every request for that upload is told so.
    const bool of_old = request.key == *left.result.key;
    if (of_old && (request.call == Call::kUploadPart || request.call == Call::kComplete)) {
      return Fault{.status = 404, .code = "NoSuchUpload"};
    }
    return std::nullopt;
  });
  const JobResult last = Done(Request());
  EXPECT_NE(last.key, left.result.key);
  ExpectOneWholeManifest(last);
}

TEST_F(ResumeProtocolTest, CheckpointOfALaterVersionIsBegunAnew) {
  Cut(Request(), 2);
  Rewrite(Request(), [](nlohmann::json* data) { (*data)["checkpoint"]["version"] = 2; });
  const JobResult last = Done(Request());
  EXPECT_FALSE(resumed_);
  ExpectOneWholeManifest(last);
}

TEST_F(ResumeProtocolTest, CheckpointElsewhereThanTheOutputIsBegunAnew) {
  Cut(Request(), 2);
  Rewrite(Request(), [](nlohmann::json* data) { (*data)["key"] = "private/x.ndjson.gz"; });
  const JobResult last = Done(Request());
  EXPECT_FALSE(resumed_);
  EXPECT_THAT(*last.key, ::testing::StartsWith("manifests/"));
}

TEST_F(ResumeProtocolTest, C1_WhileOneGoesOnOthersLearnThatItRunsElsewhere) {
  Cut(Request(), 2);
  bool held = false;
  Before(Call::kUploadPart, [&] {
    const auto meanwhile = Invoke(Request());
    held = meanwhile && std::holds_alternative<InProgress>(*meanwhile);
  });
  ExpectOneWholeManifest(Done(Request()));
  EXPECT_TRUE(held);
}

TEST_F(ResumeProtocolTest, C2_WhoDiesWhileGoingOnLeavesNothingToGoOnWith) {
  Cut(Request(), 2);
  const OnceData left = Data(Request());
  store_.SetFaults([](StoreCall, int number) { return number > 2 ? StoreFault::kRefuse : StoreFault::kNone; });
  EXPECT_FALSE(Invoke(Request(), 1));  // Claimed and taken, and then it can say no more.
  store_.SetFaults(nullptr);
  EXPECT_FALSE(Data(Request()).checkpoint);
  clock_.Advance(kTime + kMargin);
  const JobResult last = Done(Request());
  EXPECT_FALSE(resumed_);
  EXPECT_NE(last.key, left.result.key);
  ExpectOneWholeManifest(last);
}

TEST_F(ResumeProtocolTest, C3_ZombieThatWasGoingOnCannotHarmItsSuccessor) {
  for (const Call frozen_at : {Call::kList, Call::kUploadPart, Call::kComplete}) {
    SCOPED_TRACE(static_cast<int>(frozen_at));
    StartOver(Request());
    Serve("dates", kKeys);
    OnRequest(nullptr);
    Cut(Request(), 2);
    JobResult successor;
    Before(frozen_at, [&] {
      clock_.Advance(kTime + kMargin);
      successor = Done(Request());
      EXPECT_FALSE(resumed_) << "somebody may still write to that upload";
    });
    // Without a deadline: it would not wait until the freeze is over.
    EXPECT_FALSE(Invoke(Request(), 0, "1", {}, /*has_deadline=*/false));
    OnRequest(nullptr);
    ExpectOneWholeManifest(successor);
    EXPECT_EQ(Done(Request()).key, successor.key);
  }
}

TEST_F(ResumeProtocolTest, PartThatSomebodyHasWrittenOverFailsTheJobAndIsMadeAnew) {
  Cut(Request(), 2);
  Rewrite(Request(), [](nlohmann::json* data) { (*data)["checkpoint"]["parts"][0][2] = std::string(32, 'f'); });
  const auto failed = Invoke(Request());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().service_code, "InvalidPart");
  EXPECT_THAT(Manifests(), IsEmpty());
  EXPECT_EQ(uploads(), 0);
  ExpectOneWholeManifest(Done(Request()));
}

TEST_F(ResumeProtocolTest, P1_StopWhileGoingOnLeavesWhatWasThere) {
  Cut(Request(), 2);
  std::stop_source stop;
  Before(Call::kList, [&] { stop.request_stop(); });
  const auto cancelled = Invoke(Request(), 0, "1", stop.get_token());
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::kCancelled);
  EXPECT_THAT(cancelled.error().message, HasSubstr("the 2000 rows of earlier runs are kept"));
  OnRequest(nullptr);
  const JobResult last = Done(Request());
  EXPECT_TRUE(resumed_);
  ExpectOneWholeManifest(last);
}

TEST_F(ResumeProtocolTest, CredentialsThatAreNotToBeHadLeaveWhatWasThere) {
  Cut(Request(), 2);
  const auto failed = Invoke(Request(), 0, /*token=*/"");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "the source of credentials is away");
  const JobResult last = Done(Request());
  EXPECT_TRUE(resumed_);
  ExpectOneWholeManifest(last);
}

TEST_F(ResumeProtocolTest, NumbersOfPartsAreNeverUsedTwice) {
  Cut(Request(), 2);
  OnRequest([](const testing::SyntheticRequest& request) -> std::optional<Fault> {
    if (request.call != Call::kUploadPart) return std::nullopt;
    return Fault{.status = 503, .code = "SlowDown"};
  });
  EXPECT_THAT(Cut(Request(), 1), HasSubstr("the 2000 rows of earlier runs are kept"));
  EXPECT_EQ(Data(Request()).checkpoint->next_part, 3) << "the second may still arrive";
  OnRequest(nullptr);
  ExpectOneWholeManifest(Done(Request()));
}

TEST_F(ResumeProtocolTest, PermanentFailureWhileGoingOnRemovesTheUpload) {
  Cut(Request(), 2);
  OnRequest([](const testing::SyntheticRequest& request) -> std::optional<Fault> {
    if (request.call != Call::kList) return std::nullopt;
    return Fault{.status = 403, .code = "AccessDenied"};
  });
  const auto failed = Invoke(Request());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kDenied);
  EXPECT_EQ(uploads(), 0);
  OnRequest(nullptr);
  ExpectOneWholeManifest(Done(Request()));
}

TEST_F(ResumeProtocolTest, ACallWithoutADeadlineGoesOnToo) {
  Cut(Request(), 2);
  const auto outcome = Invoke(Request(), 0, "1", {}, /*has_deadline=*/false);
  ASSERT_TRUE(outcome && std::holds_alternative<JobResult>(*outcome));
  EXPECT_TRUE(resumed_);
  ExpectOneWholeManifest(std::get<JobResult>(*outcome));
}

/// Whatever call to the store fails, with or without effect, in the call that is cut or in the one that goes on: once
/// the locks have ended there is one whole manifest and no upload.
TEST_F(ResumeProtocolTest, OneManifestWhateverCallToTheStoreFails) {
  for (const StoreFault fault : {StoreFault::kRefuse, StoreFault::kLoseAnswer}) {
    for (const bool in_the_first : {true, false}) {
      for (int failing = 0;; ++failing) {
        SCOPED_TRACE(::testing::Message() << (in_the_first ? "first" : "second") << " run, call " << failing);
        StartOver(Request());
        Serve("dates", kKeys);
        bool reached = false;
        const auto fail = [&](StoreCall, int number) {
          reached = reached || number == failing;
          return number == failing ? fault : StoreFault::kNone;
        };
        store_.SetFaults(in_the_first ? testing::MemoryStore::FaultHook(fail) : nullptr);
        EXPECT_FALSE(Invoke(Request(), 2));
        if (!in_the_first) {
          store_.SetFaults(fail);
          static_cast<void>(Invoke(Request()));
        }
        store_.SetFaults(nullptr);
        clock_.Advance(kTime + kMargin);
        ExpectOneWholeManifest(Done(Request()));
        if (!reached) break;
        ASSERT_LT(failing, 100);
      }
    }
  }
}

}  // namespace
}  // namespace signpost::job
