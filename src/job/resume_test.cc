// A job that is too long for one call goes on in the next one.
#include <random>
#include <sstream>

#include <nlohmann/json.hpp>

#include "job/resume_fixture_test.h"

namespace signpost::job {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using testing::Gunzip;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST_F(ResumeTest, CutTenTimesAtRandomGivesTheSameManifestAndListsNothingTwice) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 chance(seed);
  Serve("dates", 40'000);
  const JobResult uncut = Done(Request());
  const std::string rows = Gunzip(BytesOf(uncut));
  StartOver(Request());
  std::uint64_t lists = 0;
  for (int i = 0; i < 10; ++i) {
    // Not while it waits for the first page: the URLs' time would be another one.
    const int after = std::uniform_int_distribution(i == 0 ? 2 : 1, 3)(chance);
    EXPECT_THAT(Cut(Request(), after), HasSubstr(i == 0 ? "rows are done and kept" : "and the next call goes on"));
    EXPECT_EQ(resumed_, i > 0);
    EXPECT_EQ(uploads(), 1);
    EXPECT_THAT(Manifests(), SizeIs(1)) << "only the uncut one's";
    lists += static_cast<std::uint64_t>(lists_);
  }
  const JobResult last = Done(Request());
  EXPECT_TRUE(resumed_);
  EXPECT_EQ(last.count, 40'000u);
  EXPECT_EQ(last.object_bytes, uncut.object_bytes);
  EXPECT_EQ(last.expires_at, uncut.expires_at);
  EXPECT_TRUE(Gunzip(BytesOf(last)) == rows) << "the rows, with their URLs";
  ExpectVerifies(last);
  EXPECT_EQ(MostListed(), 1);
  EXPECT_EQ(lists + last.list_calls, uncut.list_calls);
  EXPECT_EQ(uploads(), 0);
  EXPECT_TRUE(Done(Request()).replayed);
}

TEST_F(ResumeTest, CutWithManyRequestsInFlightGivesTheSameRows) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 chance(seed);
  Serve("hostile", 40'000);
  JobRequest request = Request();
  request.concurrency = 8;
  request.urls.signing_time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  request.urls.expires_in = hours(24);
  const std::string rows = Gunzip(BytesOf(Done(request)));
  store_.Erase(IdentityOf(request).id);
  for (int i = 0; i < 5; ++i) {
    const auto outcome = Invoke(request, std::uniform_int_distribution(1, 10)(chance));
    if (outcome) break;
    ASSERT_THAT(outcome.error().message, HasSubstr("the next call goes on"));
  }
  EXPECT_TRUE(resumed_);
  const JobResult last = Done(request);
  EXPECT_TRUE(Gunzip(BytesOf(last)) == rows);
  ExpectVerifies(last);
}

TEST_F(ResumeTest, ManifestOfWholePartsIsTheVerySameFile) {
  Serve("uuid", 160'000);
  const JobResult uncut = Done(Request());
  StartOver(Request());
  Cut(Request(), 155);
  EXPECT_EQ(Data(Request()).result.count, 155'000u);
  EXPECT_THAT(Data(Request()).checkpoint->parts, SizeIs(2));
  const JobResult last = Done(Request());
  EXPECT_TRUE(BytesOf(last) == BytesOf(uncut));
}

TEST_F(ResumeTest, CsvWithErrorRowsGoesOnWithoutASecondHeader) {
  Serve("sequence", 3'000);
  JobRequest request = Request();
  request.format = manifest::Format::kCsv;
  Cut(request, 1);
  const JobResult last = Done(request);
  const std::string rows = Gunzip(BytesOf(last));
  EXPECT_EQ(std::ranges::count(rows, '\n'), 3'001);
  ExpectVerifies(last);
}

TEST_F(ResumeTest, UncompressedManifestIsContinuedOnceAPartIsFull) {
  Serve("dates", 40'000);
  JobRequest request = Request();
  request.compression = manifest::Compression::kNone;
  const JobResult uncut = Done(request);
  StartOver(request);
  EXPECT_THAT(Cut(request, 2), HasSubstr("the rows of this run cannot be kept"));
  EXPECT_EQ(uploads(), 0);
  EXPECT_FALSE(Data(request).checkpoint);
  StartOver(request);
  EXPECT_THAT(Cut(request, 20), HasSubstr("20000 rows are done and kept, 20000 of them now"));
  EXPECT_THAT(Cut(request, 1), HasSubstr("the 20000 rows of earlier runs are kept")) << "less than a part";
  EXPECT_EQ(uploads(), 1);
  const JobResult last = Done(request);
  EXPECT_TRUE(BytesOf(last) == BytesOf(uncut));
}

TEST_F(ResumeTest, EverythingListedButTooLateToPublishIsPublishedByTheNextCall) {
  Serve("uuid", 40'000);
  JobRequest request = Request();
  request.compression = manifest::Compression::kNone;
  EXPECT_THAT(Cut(request, 40), HasSubstr("40000 rows are done and kept"));
  const JobResult last = Done(request);
  EXPECT_EQ(last.count, 40'000u);
  EXPECT_EQ(last.list_calls, 1u);
  EXPECT_EQ(std::ranges::count(BytesOf(last), '\n'), 40'000);
}

TEST_F(ResumeTest, P3_DeadlineWhileAPageIsWaitedForKeepsWhatIsBeforeIt) {
  Serve("dates", 10'000);
  ThrottleFrom(4);
  EXPECT_THAT(Cut(Request(), 0), HasSubstr("3000 rows are done and kept"));
  OnRequest(nullptr);
  EXPECT_EQ(Done(Request()).count, 10'000u);
  EXPECT_EQ(MostListed(), 1);
}

TEST_F(ResumeTest, CallWithoutProgressKeepsWhatIsThere) {
  Serve("dates", 10'000);
  ThrottleFrom(1);
  EXPECT_THAT(Cut(Request(), 0), Not(HasSubstr("kept")));
  EXPECT_EQ(uploads(), 0);
  OnRequest(nullptr);
  Cut(Request(), 2);
  ThrottleFrom(1);
  EXPECT_THAT(Cut(Request(), 0), HasSubstr("the 2000 rows of earlier runs are kept"));
  OnRequest(nullptr);
  EXPECT_EQ(Done(Request()).count, 10'000u);
  EXPECT_EQ(MostListed(), 1);
}

TEST_F(ResumeTest, WithoutADeadlineNothingIsKept) {
  Serve("dates", 10'000);
  std::stop_source stop;
  Before(Call::kUploadPart, [&] { stop.request_stop(); });
  const auto cancelled = Invoke(Request(), 0, "1", stop.get_token(), /*has_deadline=*/false);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(uploads(), 0);
  EXPECT_FALSE(Data(Request()).checkpoint);
}

TEST_F(ResumeTest, RecordIsFreeAndHoldsNoUrlAndNoSecret) {
  Serve("dates", 10'000);
  Cut(Request(), 3);
  const idempotency::Record record = Record(Request());
  EXPECT_EQ(record.status, idempotency::RecordStatus::kInProgress);
  EXPECT_EQ(record.in_progress_expiration, TimePoint());
  EXPECT_GT(record.expiration, clock_.Now() + hours(23));
  const std::string text = ToJson(record);
  EXPECT_THAT(text, Not(HasSubstr("X-Amz")));
  EXPECT_THAT(text, Not(HasSubstr("http")));
  EXPECT_THAT(text, Not(HasSubstr("PLANTED")));
  EXPECT_THAT(text, Not(HasSubstr("ASIA1")));
}

TEST_F(ResumeTest, JobWithOtherOptionsIsAnotherJob) {
  Serve("dates", 5'000);
  Cut(Request(), 2);
  JobRequest csv = Request();
  csv.format = manifest::Format::kCsv;
  EXPECT_EQ(Done(csv).count, 5'000u);
  EXPECT_FALSE(resumed_);
  EXPECT_EQ(uploads(), 1);
  EXPECT_EQ(Done(Request()).count, 5'000u);
  EXPECT_TRUE(resumed_);
}

TEST_F(ResumeTest, OtherCredentialsGoOnAndAllUrlsEndTogether) {
  Serve("sequence", 6'000);
  const auto end = std::chrono::floor<seconds>(clock_.Now()) + hours(12);
  Cut(Request(), 2, "1");
  Cut(Request(), 2, "2");
  EXPECT_EQ(Data(Request()).checkpoint->signer, "") << "more than one";
  const JobResult last = Done(Request(), "2");
  EXPECT_TRUE(resumed_);
  EXPECT_EQ(last.expires_at, end);
  std::istringstream content(Gunzip(BytesOf(last)));
  std::vector<std::string> rows;
  for (std::string row; std::getline(content, row);) rows.push_back(row);
  ASSERT_THAT(rows, SizeIs(6'000));
  EXPECT_THAT(rows[0], HasSubstr("X-Amz-Date=20260101T000000Z&X-Amz-Expires=43200&X-Amz-Security-Token=PLANTED-1&"));
  EXPECT_THAT(rows[2'000],
              HasSubstr("X-Amz-Date=20260101T000050Z&X-Amz-Expires=43150&X-Amz-Security-Token=PLANTED-2&"));
  EXPECT_THAT(rows[4'000],
              HasSubstr("X-Amz-Date=20260101T000140Z&X-Amz-Expires=43100&X-Amz-Security-Token=PLANTED-2&"));
  ExpectVerifies(last);
}

TEST_F(ResumeTest, TooLittleLifeLeftBeginsAnew) {
  Serve("dates", 5'000);
  JobRequest request = Request();
  request.urls.expires_in = minutes(10);
  Cut(request, 2);
  const std::string key = *Data(request).result.key;
  clock_.Advance(minutes(6));
  const JobResult last = Done(request);
  EXPECT_FALSE(resumed_);
  EXPECT_EQ(last.count, 5'000u);
  EXPECT_NE(last.key, key);
  EXPECT_EQ(uploads(), 0) << "the old one is aborted";
  EXPECT_EQ(last.expires_at, std::chrono::floor<seconds>(clock_.Now()) + minutes(10));
}

TEST_F(ResumeTest, UrlsThatEndTooSoonAreNotKept) {
  Serve("dates", 5'000);
  JobRequest request = Request();
  request.urls.expires_in = seconds(70);
  EXPECT_THAT(Cut(request, 2), HasSubstr("ask for a longer life"));
  EXPECT_EQ(uploads(), 0);
  EXPECT_FALSE(Data(request).checkpoint);
}

}  // namespace
}  // namespace signpost::job
