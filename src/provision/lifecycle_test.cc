#include "provision/lifecycle.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3/client_fixture_test.h"

namespace signpost::provision {
namespace {

using s3::ExpectError;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMinimumSize[] = "x-amz-transition-default-minimum-object-size";
constexpr char kOther[] =
    "<LifecycleConfiguration><Rule><ID>other</ID><Filter><Prefix>x/</Prefix></Filter><Status>Enabled</Status>"
    "<FutureAction>1</FutureAction></Rule></LifecycleConfiguration>";

/// A bucket of S3, as far as its lifecycle goes.
class Bucketful : public ::testing::Test {
 protected:
  Result<http::Response> Serve(const http::Request& request) {
    if (request.url.ends_with("?versioning=")) {
      return http::Response{.status = 200,
                            .body = "<VersioningConfiguration>" + versioning_ + "</VersioningConfiguration>"};
    }
    if (request.method == "PUT") {
      ++writes_;
      last_ = request.headers;
      lifecycle_ = on_write_(std::string(request.body));
      return http::Response{.status = 200};
    }
    before_read_(++reads_);
    if (lifecycle_.empty()) {
      return http::Response{.status = 404, .body = "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>"};
    }
    http::Response response{.status = 200, .body = lifecycle_};
    if (!minimum_size_.empty()) response.headers.Add(kMinimumSize, minimum_size_);
    return response;
  }

  Result<LifecyclePlan> Plan(int days = 1) {
    return PlanLifecycle(world_.client(), {}, s3::TestBucket(), "manifests/", days);
  }
  Status Apply(const LifecyclePlan& plan) { return ApplyLifecycle(world_.client(), {}, sleeper_, plan); }

  std::string versioning_;
  std::string lifecycle_ = kOther;
  std::string minimum_size_;
  int reads_ = 0;
  int writes_ = 0;
  http::Headers last_;
  std::function<std::string(std::string)> on_write_ = [](std::string body) { return body; };
  std::function<void(int)> before_read_ = [](int) {};
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::ScriptedTransport transport_{[this](const http::Request& request, int) { return Serve(request); }};
  s3::ClientWorld world_{&transport_};
};

TEST_F(Bucketful, GetsTheRulesOnceAndKeepsTheUnknown) {
  const auto plan = Plan();
  ASSERT_TRUE(plan);
  EXPECT_TRUE(Apply(*plan));
  EXPECT_THAT(lifecycle_, HasSubstr("<FutureAction>1</FutureAction>"));
  EXPECT_EQ(writes_, 1);
  EXPECT_EQ(Plan()->diff, "");
}

TEST_F(Bucketful, WritesWithTheDigestThatS3Demands) {
  lifecycle_ = "";
  const auto plan = Plan();
  ASSERT_TRUE(plan);
  ASSERT_TRUE(Apply(*plan));
  // openssl md5 -binary | base64, of the rules that LifecycleMerge.WritesTwoRulesIntoAnEmptyConfiguration shows for a
  // day.
  EXPECT_EQ(last_.Find("content-md5"), "ZLPfHeaiXsiqyg/0VdqlBQ==");
  EXPECT_FALSE(last_.Find(kMinimumSize));
}

TEST_F(Bucketful, KeepsTheSmallestSizeForTransitions) {
  minimum_size_ = "varies_by_storage_class";
  const auto plan = Plan();
  ASSERT_TRUE(plan);
  ASSERT_TRUE(Apply(*plan));
  EXPECT_EQ(last_.Find(kMinimumSize), "varies_by_storage_class");
}

TEST_F(Bucketful, WritesNothingWhenTheRulesChangedSinceTheyWereShown) {
  const auto plan = Plan();
  ASSERT_TRUE(plan);
  lifecycle_ = "";
  ExpectError(Apply(*plan), ErrorCode::kConflict);
  EXPECT_EQ(writes_, 0);
}

TEST_F(Bucketful, WaitsForAReadThatSeesTheWrite) {
  const auto plan = Plan();
  ASSERT_TRUE(plan);
  std::string written;
  on_write_ = [&](std::string body) {
    written = std::move(body);
    return std::string(kOther);
  };
  before_read_ = [&](int read) {
    if (read == 5) lifecycle_ = written;
  };
  EXPECT_TRUE(Apply(*plan));
  EXPECT_EQ(writes_, 1);
}

TEST_F(Bucketful, TellsWhenWhatIsThereIsNotWhatWasWritten) {
  const auto plan = Plan();
  ASSERT_TRUE(plan);
  on_write_ = [](const std::string&) { return std::string(kOther); };
  const Status applied = Apply(*plan);
  ExpectError(applied, ErrorCode::kConflict);
  EXPECT_THAT(applied.error().message, HasSubstr("<FutureAction>1</FutureAction>"));
}

TEST_F(Bucketful, SuspendedVersioningCountsAsVersioned) {
  EXPECT_THAT(Plan()->after.xml, Not(HasSubstr("Noncurrent")));
  versioning_ = "<Status>Suspended</Status>";
  EXPECT_THAT(Plan()->after.xml, HasSubstr("<NoncurrentDays>1</NoncurrentDays>"));
}

TEST_F(Bucketful, AnswerThatIsNoLifecycleWritesNothing) {
  for (const char* answer : {"<html/>", "<LifecycleConfiguration>", "{}"}) {
    lifecycle_ = answer;
    ExpectError(Plan(), ErrorCode::kDataLoss);
  }
  EXPECT_EQ(writes_, 0);
}

TEST(Versioning, AnswerOfAnotherKindIsNotTakenForUnversioned) {
  testing::ScriptedTransport transport([](const http::Request&, int) -> Result<http::Response> {
    return http::Response{.status = 200, .body = "<html/>"};
  });
  s3::ClientWorld world(&transport);
  ExpectError(s3::GetBucketVersioning(world.client(), {}, s3::TestBucket()), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace signpost::provision
