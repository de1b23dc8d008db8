// Failures for good: nothing is published, nothing is left behind, and the error says what S3 said.
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "faults/job/at_concurrency.h"
#include "testing/job_world.h"

namespace signpost::job {
namespace {

using testing::AwkwardKeys;
using testing::ExpectNothingPublished;
using testing::JobWorld;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;
using testing::SyntheticS3;

std::shared_ptr<const testing::KeyShape> ManyKeys() { return std::move(testing::MakeKeyShape("uuid", 60'000).value()); }

class PermanentFailure : public AtConcurrency {
 protected:
  /// Rows that fill several parts, so that an upload is under way long before the listing ends.
  static JobRequest LargeRequest() {
    JobRequest request = Request();
    request.compression = manifest::Compression::kNone;
    return request;
  }
};

SyntheticS3::FaultHook FailNth(SyntheticCall call, int n, int status, std::string code) {
  return [=](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    if (request.call != call || request.number_of_call < n) return std::nullopt;
    return SyntheticFault{.status = status, .code = code};
  };
}

TEST_P(PermanentFailure, N19_AccessDeniedOnPageKAbortsTheUpload) {
  SyntheticS3 server(ManyKeys());
  for (const int page : {0, 1, 30, 59}) {
    server.StartRound(FailNth(SyntheticCall::kList, page, 403, "AccessDenied"));
    const auto result = JobWorld(server.url()).Run(LargeRequest());
    ASSERT_FALSE(result) << page;
    EXPECT_EQ(result.error().code, ErrorCode::kDenied) << result.error().ToString();
    EXPECT_EQ(result.error().service_code, "AccessDenied");
    EXPECT_TRUE(result.error().request_id.starts_with("SYNTHETIC")) << result.error().request_id;
    EXPECT_GT(server.count(SyntheticCall::kList), page);
    EXPECT_LE(server.count(SyntheticCall::kList), page + GetParam()) << "a denial was tried again";
    ExpectNothingPublished(server);
    if (page == 59 && IsSerial()) {
      EXPECT_GT(server.count(SyntheticCall::kUploadPart), 0) << "no upload was under way: the test is too small";
      EXPECT_EQ(server.count(SyntheticCall::kAbort), 1);
    }
  }
}

TEST_P(PermanentFailure, TheUploadIsAbortedHoweverFarTheServersClockIsFromOurs) {
  SyntheticS3 server(ManyKeys());
  for (const auto skew : {-std::chrono::hours(1), std::chrono::hours(1)}) {
    server.StartRound(FailNth(SyntheticCall::kUploadPart, 1, 403, "AccessDenied"));
    JobWorld world(server.url());
    world.server_clock().CorrectTo(world.clock().Now() + skew);
    ASSERT_FALSE(world.Run(LargeRequest()));
    EXPECT_EQ(server.count(SyntheticCall::kAbort), 1);
    ExpectNothingPublished(server);
  }
}

TEST_P(PermanentFailure, N19_MissingBucketAndDeniedKeyAreNotRetried) {
  struct Case {
    int status;
    const char* code;
    ErrorCode expected;
  };
  for (const auto& [status, code, expected] :
       {Case{404, "NoSuchBucket", ErrorCode::kNotFound}, Case{403, "AllAccessDisabled", ErrorCode::kDenied},
        Case{403, "AccessDenied", ErrorCode::kDenied}}) {
    SyntheticS3 server(AwkwardKeys());
    server.StartRound(FailNth(SyntheticCall::kList, 0, status, code));
    const auto result = JobWorld(server.url()).Run(Request());
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, expected) << result.error().ToString();
    EXPECT_EQ(result.error().service_code, code);
    EXPECT_EQ(server.requests(), 1);
  }
}

TEST_P(PermanentFailure, N19_DeniedPutAndDeniedPartPublishNothing) {
  SyntheticS3 server(ManyKeys());
  for (const SyntheticCall call :
       {SyntheticCall::kCreateUpload, SyntheticCall::kUploadPart, SyntheticCall::kComplete}) {
    server.StartRound(FailNth(call, 0, 403, "AccessDenied"));
    const auto result = JobWorld(server.url()).Run(LargeRequest());
    ASSERT_FALSE(result) << static_cast<int>(call);
    EXPECT_EQ(result.error().code, ErrorCode::kDenied) << result.error().ToString();
    ExpectNothingPublished(server);
  }
  SyntheticS3 small(AwkwardKeys());
  small.StartRound(FailNth(SyntheticCall::kPut, 0, 403, "AccessDenied"));
  const auto result = JobWorld(small.url()).Run(Request());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kDenied) << result.error().ToString();
  EXPECT_EQ(small.count(SyntheticCall::kPut), 1);
  ExpectNothingPublished(small);
}

TEST_P(PermanentFailure, N21_UploadKilledFromOutsideFailsTheJobForAnotherTry) {
  SyntheticS3 server(ManyKeys());
  server.StartRound(FailNth(SyntheticCall::kUploadPart, 1, 404, "NoSuchUpload"));
  const auto result = JobWorld(server.url()).Run(LargeRequest());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().service_code, "NoSuchUpload") << result.error().ToString();
  ExpectNothingPublished(server);
  server.StartRound();
  const auto again = JobWorld(server.url()).Run(LargeRequest());
  ASSERT_TRUE(again) << again.error().ToString();
  EXPECT_EQ(again->count, 60'000U);
}

SIGNPOST_AT_EVERY_CONCURRENCY(PermanentFailure);

}  // namespace
}  // namespace signpost::job
