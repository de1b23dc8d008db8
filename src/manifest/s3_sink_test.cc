#include "manifest/s3_sink.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <set>
#include <stop_token>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manifest/memory_s3_test.h"
#include "testing/key_shape.h"

namespace signpost::manifest {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::SyntheticCall;

constexpr std::size_t kFirstPart = 8 << 20;
constexpr char kKey[] = "manifests/0123.ndjson.gz";

/// Bytes that no two places of share, so that a part in the wrong place shows.
std::string Bytes(std::size_t size) {
  std::string bytes;
  bytes.reserve(size + 8);
  for (std::uint64_t i = 0; bytes.size() < size; ++i) {
    const std::uint64_t word = testing::MixBits(i);
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  bytes.resize(size);
  return bytes;
}

s3::ObjectAttributes Attributes() {
  return {.content_type = "application/gzip", .cache_control = "no-store", .metadata = {{"of", "data"}}};
}

S3Sink MakeSink(MemoryS3& s3) { return {&s3.client(), s3::TestBucket(), kKey, Attributes(), "attempt-7"}; }

/// Writes in pieces that fit no part.
Status WriteAll(S3Sink& sink, std::string_view bytes, const CallContext& context = {}) {
  constexpr std::size_t kPiece = 1'000'003;
  for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
    Status written = sink.Write(context, bytes.substr(at, kPiece));
    if (!written) return written;
  }
  return {};
}

/// What a whole job does: write and publish, or else abandon with a fresh context.
Status SendAll(S3Sink& sink, std::string_view bytes, const CallContext& context = {}) {
  Status done = WriteAll(sink, bytes, context);
  if (done) done = sink.Publish(context);
  if (!done) {
    const Status abandoned = sink.Abandon({});
    EXPECT_TRUE(abandoned) << abandoned.error().ToString();
  }
  return done;
}

void ExpectNothingLeft(MemoryS3& s3) {
  EXPECT_EQ(s3.store().Keys(), std::vector<std::string>());
  EXPECT_EQ(s3.store().uploads_in_progress(), 0);
}

std::vector<SyntheticCall> CallsOf(const MemoryS3& s3) {
  std::vector<SyntheticCall> calls;
  for (const MemoryS3::Call& each : s3.calls()) calls.push_back(each.call);
  return calls;
}

class S3SinkOfOnePart : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Sizes, S3SinkOfOnePart, ::testing::Values(0, 1, kFirstPart - 1, kFirstPart));

TEST_P(S3SinkOfOnePart, SendsASinglePut) {
  MemoryS3 s3;
  S3Sink sink = MakeSink(s3);
  const std::string bytes = Bytes(GetParam());
  ASSERT_TRUE(WriteAll(sink, bytes));
  ExpectNothingLeft(s3);
  ASSERT_TRUE(sink.Publish({}));
  EXPECT_EQ(CallsOf(s3), std::vector{SyntheticCall::kPut});
  EXPECT_TRUE(s3.store().Find(kKey)->body == bytes);
  EXPECT_EQ(sink.bytes_written(), bytes.size());
  EXPECT_EQ(sink.parts_written(), 0);
}

TEST(S3Sink, SendsTwoPartsForOneByteMoreThanThePutHolds) {
  MemoryS3 s3;
  S3Sink sink = MakeSink(s3);
  const std::string bytes = Bytes(kFirstPart + 1);
  ASSERT_TRUE(WriteAll(sink, bytes));
  EXPECT_EQ(s3.store().Find(kKey), nullptr);
  ASSERT_TRUE(sink.Publish({}));
  EXPECT_EQ(s3.count(SyntheticCall::kPut), 0);
  EXPECT_EQ(s3.count(SyntheticCall::kUploadPart), 2);
  EXPECT_TRUE(s3.store().Find(kKey)->body == bytes);
  EXPECT_EQ(sink.parts_written(), 2);
}

TEST(S3Sink, LeavesOutAnEmptyLastPart) {
  MemoryS3 s3;
  S3Sink sink = MakeSink(s3);
  const std::string bytes = Bytes(2 * kFirstPart);
  ASSERT_TRUE(SendAll(sink, bytes));
  EXPECT_EQ(s3.count(SyntheticCall::kUploadPart), 2);
  EXPECT_TRUE(s3.store().Find(kKey)->body == bytes);
}

/// Parts meet here before they take effect. Every wait ends: with what it waits for, or as a failure of the test.
class Crossing {
 public:
  void Arrive(int part) {
    const std::lock_guard lock(mutex_);
    seen_.insert(part);
    most_ = std::max(most_, ++inside_);
    changed_.notify_all();
  }
  void Leave() {
    const std::lock_guard lock(mutex_);
    --inside_;
  }
  bool WaitFor(int part, std::chrono::milliseconds at_most = std::chrono::seconds(30)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, at_most, [&] { return seen_.contains(part); });
  }
  int most() const { return most_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<int> seen_;  // guarded by mutex_
  int inside_ = 0;      // guarded by mutex_
  int most_ = 0;        // guarded by mutex_
};

TEST(S3Sink, NumbersPartsAsTheyWereWrittenWhenTheFirstOnesFinishLast) {
  Crossing crossing;
  MemoryS3 s3([&crossing](const MemoryS3::Call& call) -> std::optional<Result<http::Response>> {
    if (call.call != SyntheticCall::kUploadPart) return std::nullopt;
    crossing.Arrive(call.part);
    // Part 1 ends after part 2, without whose end part 3 would not begin; part 3 likewise after part 4.
    if (call.part == 1 || call.part == 3) {
      EXPECT_TRUE(crossing.WaitFor(call.part + 2));
    }
    crossing.Leave();
    return std::nullopt;
  });
  S3Sink sink = MakeSink(s3);
  const std::string bytes = Bytes(4 * kFirstPart + 12'345);
  ASSERT_TRUE(SendAll(sink, bytes));
  EXPECT_TRUE(s3.store().Find(kKey)->body == bytes);
  EXPECT_EQ(sink.parts_written(), 5);
}

TEST(S3Sink, HasTwoPartsInFlightAndNeverAThird) {
  Crossing crossing;
  MemoryS3 s3([&crossing](const MemoryS3::Call& call) -> std::optional<Result<http::Response>> {
    if (call.call != SyntheticCall::kUploadPart) return std::nullopt;
    crossing.Arrive(call.part);
    if (call.part == 1) {
      EXPECT_TRUE(crossing.WaitFor(2));
      // The writer goes on meanwhile: a third part would come at once, were it sent.
      EXPECT_FALSE(crossing.WaitFor(3, std::chrono::milliseconds(100)));
    } else if (call.part == 2) {
      EXPECT_TRUE(crossing.WaitFor(1));
      EXPECT_FALSE(crossing.WaitFor(3, std::chrono::milliseconds(100)));
    }
    crossing.Leave();
    return std::nullopt;
  });
  S3Sink sink = MakeSink(s3);
  ASSERT_TRUE(SendAll(sink, Bytes(5 * kFirstPart)));
  EXPECT_EQ(s3.count(SyntheticCall::kUploadPart), 5);
  EXPECT_EQ(crossing.most(), 2);
}

TEST(S3Sink, ThrowsWhatIsThrownWhileAPartIsSent) {
  MemoryS3 s3([](const MemoryS3::Call& call) -> std::optional<Result<http::Response>> {
    if (call.call == SyntheticCall::kUploadPart && call.part == 2) throw std::bad_alloc();
    return std::nullopt;
  });
  S3Sink sink = MakeSink(s3);
  EXPECT_THROW(static_cast<void>(SendAll(sink, Bytes(2 * kFirstPart + 1))), std::bad_alloc);
}

/// An upload of three parts: beginning, parts, end.
class S3SinkWithOneFailure : public ::testing::TestWithParam<std::pair<SyntheticCall, int>> {};
INSTANTIATE_TEST_SUITE_P(Calls, S3SinkWithOneFailure,
                         ::testing::Values(std::pair(SyntheticCall::kCreateUpload, 0),
                                           std::pair(SyntheticCall::kUploadPart, 1),
                                           std::pair(SyntheticCall::kUploadPart, 2),
                                           std::pair(SyntheticCall::kUploadPart, 3),
                                           std::pair(SyntheticCall::kComplete, 0)));

TEST_P(S3SinkWithOneFailure, AbortsTheUploadAndPublishesNothing) {
  MemoryS3 s3([](const MemoryS3::Call& call) -> std::optional<Result<http::Response>> {
    if (call.call != GetParam().first || call.part != GetParam().second) return std::nullopt;
    return S3Refusal(403, "AccessDenied");
  });
  S3Sink sink = MakeSink(s3);
  const Status done = SendAll(sink, Bytes(2 * kFirstPart + 1));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kDenied) << done.error().ToString();
  EXPECT_THAT(done.error().ToString(), HasSubstr(kKey));
  ExpectNothingLeft(s3);
  EXPECT_EQ(s3.count(SyntheticCall::kAbort), GetParam().first == SyntheticCall::kCreateUpload ? 0 : 1);
}

TEST(S3Sink, SendsAPartAgainUntilItIsTaken) {
  std::atomic<int> failures = 0;
  MemoryS3 s3([&failures](const MemoryS3::Call& call) -> std::optional<Result<http::Response>> {
    if (call.part != 2 || ++failures > 3) return std::nullopt;
    return S3Refusal(503, "SlowDown");
  });
  S3Sink sink = MakeSink(s3);
  const std::string bytes = Bytes(2 * kFirstPart + 1);
  ASSERT_TRUE(SendAll(sink, bytes));
  EXPECT_EQ(s3.count(SyntheticCall::kUploadPart), 3 + 3);
  EXPECT_TRUE(s3.store().Find(kKey)->body == bytes);
}

TEST(S3Sink, PublishesNothingWhenTheSinglePutFails) {
  MemoryS3 s3([](const MemoryS3::Call&) { return S3Refusal(403, "AccessDenied"); });
  S3Sink sink = MakeSink(s3);
  const Status done = SendAll(sink, "row\n");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kDenied);
  EXPECT_EQ(CallsOf(s3), std::vector{SyntheticCall::kPut});
  ExpectNothingLeft(s3);
}

/// Stops the job as `call` arrives; the request itself still takes effect.
struct StoppedAt {
  explicit StoppedAt(SyntheticCall call)
      : s3([this, call](const MemoryS3::Call& each) -> std::optional<Result<http::Response>> {
          if (each.call == call) stop.request_stop();
          return std::nullopt;
        }) {}
  CallContext context() const { return {.stop = stop.get_token(), .deadline = std::nullopt}; }

  std::stop_source stop;
  MemoryS3 s3;
};

TEST(S3Sink, AbortsAnUploadThatIsStoppedBetweenItsParts) {
  StoppedAt stopped(SyntheticCall::kUploadPart);
  S3Sink sink = MakeSink(stopped.s3);
  const Status done = SendAll(sink, Bytes(3 * kFirstPart), stopped.context());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(stopped.s3.count(SyntheticCall::kAbort), 1);
  ExpectNothingLeft(stopped.s3);
}

TEST(S3Sink, AbortsAnUploadThatBeganAsTheStopCame) {
  StoppedAt stopped(SyntheticCall::kCreateUpload);
  S3Sink sink = MakeSink(stopped.s3);
  const Status done = SendAll(sink, Bytes(kFirstPart + 1), stopped.context());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(stopped.s3.count(SyntheticCall::kAbort), 1);
  ExpectNothingLeft(stopped.s3);
}

TEST(S3Sink, HasSucceededWhenTheStopComesAsTheServerPublishes) {
  StoppedAt stopped(SyntheticCall::kComplete);
  S3Sink sink = MakeSink(stopped.s3);
  const std::string bytes = Bytes(kFirstPart + 1);
  ASSERT_TRUE(SendAll(sink, bytes, stopped.context()));
  ASSERT_TRUE(sink.Abandon({}));
  EXPECT_TRUE(stopped.s3.store().Find(kKey)->body == bytes);
}

TEST(S3Sink, DropsPartsThatNoneHasBegunWhenAbandoned) {
  MemoryS3 s3;
  {
    S3Sink sink = MakeSink(s3);
    ASSERT_TRUE(WriteAll(sink, Bytes(3 * kFirstPart + 1)));
    ASSERT_TRUE(sink.Abandon({}));
    ASSERT_TRUE(sink.Abandon({}));
  }
  EXPECT_EQ(s3.count(SyntheticCall::kComplete), 0);
  ExpectNothingLeft(s3);
}

TEST(S3Sink, RefusesThe10001stPart) {
  MemoryS3 s3;
  S3Sink sink(&s3.client(), s3::TestBucket(), kKey, Attributes(), "attempt-7", 2, [](int) { return std::uint64_t{1}; });
  // The last of these stays with the sink until more follows.
  ASSERT_TRUE(sink.Write({}, std::string(s3::kMaxParts + 1, 'x')));
  EXPECT_EQ(sink.parts_written(), s3::kMaxParts);
  const Status written = sink.Write({}, "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(written.error().message, HasSubstr("larger than 10000 parts"));
  EXPECT_FALSE(sink.Publish({}));
  ASSERT_TRUE(sink.Abandon({}));
  ExpectNothingLeft(s3);
}

TEST(S3Sink, MarksTheObjectWithItsAttemptBesideItsAttributes) {
  for (const std::size_t size : {std::size_t{1}, kFirstPart + 1}) {
    MemoryS3 s3;
    S3Sink sink = MakeSink(s3);
    ASSERT_TRUE(SendAll(sink, Bytes(size)));
    const auto object = s3.store().Find(kKey);
    ASSERT_NE(object, nullptr);
    EXPECT_THAT(object->headers, Contains(Pair("x-amz-meta-signpost-attempt", "attempt-7")));
    EXPECT_THAT(object->headers, Contains(Pair("x-amz-meta-of", "data")));
    EXPECT_THAT(object->headers, Contains(Pair("content-type", "application/gzip")));
    EXPECT_THAT(object->headers, Contains(Pair("cache-control", "no-store")));
  }
}

TEST(S3Sink, HoldsBackEnoughForAPartThatOthersFollow) {
  for (const std::size_t size : {kFirstPart + s3::kMinPartBytes, kFirstPart + s3::kMinPartBytes + 1, 3 * kFirstPart}) {
    MemoryS3 s3;
    S3Sink sink = MakeSink(s3);
    sink.HoldBack();
    ASSERT_TRUE(WriteAll(sink, Bytes(size)));
    EXPECT_TRUE(sink.CanPause());
    EXPECT_GE(sink.waiting_bytes(), s3::kMinPartBytes);
    EXPECT_LE(sink.waiting_bytes(), s3::kMinPartBytes + kFirstPart);
    ASSERT_TRUE(sink.Publish({}));
    EXPECT_TRUE(s3.store().Find(kKey)->body == Bytes(size));
  }
}

TEST(S3Sink, AnotherSinkGoesOnWithThePausedUpload) {
  const std::string bytes = Bytes(4 * kFirstPart);
  for (const std::size_t cut : {s3::kMinPartBytes, std::uint64_t{kFirstPart}, 2 * kFirstPart + s3::kMinPartBytes + 7}) {
    MemoryS3 s3;
    std::optional<UnfinishedUpload> left;
    {
      S3Sink first = MakeSink(s3);
      first.HoldBack();
      ASSERT_TRUE(WriteAll(first, std::string_view(bytes).substr(0, cut)));
      auto paused = first.Pause({});
      ASSERT_TRUE(paused) << paused.error().ToString();
      left = std::move(*paused);
    }
    EXPECT_EQ(s3.store().uploads_in_progress(), 1);
    S3Sink second = MakeSink(s3);
    second.HoldBack();
    left->next_number += 5;  // Numbers may be left out.
    second.Continue(std::move(*left));
    EXPECT_EQ(second.bytes_written(), cut);
    ASSERT_TRUE(WriteAll(second, std::string_view(bytes).substr(cut)));
    const Status published = second.Publish({});
    ASSERT_TRUE(published) << published.error().ToString();
    EXPECT_TRUE(s3.store().Find(kKey)->body == bytes) << "cut at " << cut;
  }
}

TEST(S3Sink, DoesNotPauseWithTooLittleForAPart) {
  MemoryS3 s3;
  S3Sink sink = MakeSink(s3);
  sink.HoldBack();
  EXPECT_FALSE(sink.CanPause()) << "there is no upload";
  ASSERT_TRUE(sink.Write({}, Bytes(s3::kMinPartBytes - 1)));
  const auto paused = sink.Pause({});
  ASSERT_FALSE(paused);
  EXPECT_EQ(paused.error().code, ErrorCode::kInvalidArgument);
  ExpectNothingLeft(s3);
}

TEST(S3Sink, PausedUploadCanStillBeAbandoned) {
  MemoryS3 s3;
  S3Sink sink = MakeSink(s3);
  ASSERT_TRUE(WriteAll(sink, Bytes(s3::kMinPartBytes)));
  ASSERT_TRUE(sink.Pause({}));
  EXPECT_EQ(s3.store().uploads_in_progress(), 1);
  ASSERT_TRUE(sink.Abandon({}));
  ExpectNothingLeft(s3);
}

}  // namespace
}  // namespace signpost::manifest
