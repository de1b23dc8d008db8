#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provision/doctor.h"
#include "s3/head_bucket.h"
#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::provision {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr char kDate2026[] = "Thu, 01 Jan 2026 00:00:00 GMT";

/// Passes calls on to a transport that the test keeps.
class Borrowed final : public http::Transport {
 public:
  explicit Borrowed(http::Transport* inner) : inner_(inner) {}
  Status Send(const CallContext& context, const http::Request& request, http::Response* response) override {
    return inner_->Send(context, request, response);
  }

 private:
  http::Transport* const inner_;
};

/// A caller on 2026-01-01 by S3's clock, and `skew` later by the machine's.
class Caller : public ::testing::Test {
 protected:
  void Connect(aws::Environment environment, std::optional<std::string> region = "eu-west-1") {
    aws::Settings settings;
    settings.region = std::move(region);
    auto made = s3::Connection::Make({.environment = std::move(environment),
                                      .settings = std::move(settings),
                                      .transport = std::make_unique<Borrowed>(&transport_),
                                      .clock = &clock_,
                                      .sleeper = &sleeper_,
                                      .random = &random_});
    ASSERT_TRUE(made) << made.error().ToString();
    connection_ = std::move(*made);
  }

  void ConnectWithKeys(std::optional<std::string> region = "eu-west-1") {
    Connect({{{"AWS_ACCESS_KEY_ID", "AKIA"}, {"AWS_SECRET_ACCESS_KEY", "canary-secret"}}}, std::move(region));
  }

  DoctorWorld World() {
    return {.connection = connection_.get(), .clock = &clock_, .sleeper = &sleeper_, .random = &random_};
  }

  Finding ClockAt(seconds skew) {
    clock_.Advance(skew);
    ConnectWithKeys();
    EXPECT_TRUE(s3::HeadBucket(connection_->client(), {}, *Bucket::Parse("bucket")));
    return CheckClock(World());
  }

  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  std::string region_of_bucket_ = "eu-west-1";
  testing::ScriptedTransport transport_{[this](const http::Request&, int) -> Result<http::Response> {
    http::Response response{.status = 200};
    response.headers.Add("Date", kDate2026);
    response.headers.Add("x-amz-bucket-region", region_of_bucket_);
    return response;
  }};
  std::unique_ptr<s3::Connection> connection_;
};

TEST_F(Caller, ClockWithinAMinuteIsGood) { EXPECT_EQ(ClockAt(seconds(59)).verdict, Verdict::kOk); }

TEST_F(Caller, ClockSomeMinutesAheadWarns) {
  const Finding finding = ClockAt(minutes(5));
  EXPECT_EQ(finding.verdict, Verdict::kWarn);
  EXPECT_THAT(finding.what, HasSubstr("300 s behind"));
}

TEST_F(Caller, ClockThatS3WouldRefuseFails) { EXPECT_EQ(ClockAt(minutes(16)).verdict, Verdict::kFail); }

TEST_F(Caller, RegionOfTheBucketIsCompared) {
  ConnectWithKeys("us-west-2");
  const Bucket bucket = *Bucket::Parse("bucket");
  ASSERT_TRUE(s3::HeadBucket(connection_->client(), {}, bucket));
  const Finding finding = CheckRegion(World(), bucket);
  EXPECT_EQ(finding.verdict, Verdict::kWarn);
  EXPECT_THAT(finding.what, HasSubstr("eu-west-1"));
  region_of_bucket_ = "us-west-2";
  ASSERT_TRUE(s3::HeadBucket(connection_->client(), {}, bucket));
  EXPECT_EQ(CheckRegion(World(), bucket).verdict, Verdict::kOk);
}

TEST_F(Caller, RegionThatNobodyConfiguredWarns) {
  ConnectWithKeys(std::nullopt);
  EXPECT_EQ(CheckRegion(World(), *Bucket::Parse("bucket")).verdict, Verdict::kWarn);
}

TEST_F(Caller, KeysWithoutAnEndAreGood) {
  ConnectWithKeys();
  const Finding finding = CheckCredentials(World(), {});
  EXPECT_EQ(finding.verdict, Verdict::kOk);
  EXPECT_EQ(finding.what.find("canary-secret"), std::string::npos);
}

TEST(Doctor, NamesTheVariablesTooWhenThereAreNoCredentials) {
  DoctorOrder order{.environment = {{{"SIGNPOST_ALLOW", "s3://bucket/data/"}}},
                    .source = *S3Uri::Parse("s3://bucket/dat")};
  const auto findings = ExamineWithoutCredentials(order, {.code = ErrorCode::kUnauthenticated, .message = "none"});
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].check, "allow-list");
  EXPECT_EQ(findings[0].verdict, Verdict::kFail);
  EXPECT_EQ(findings[1].check, "credentials");
  EXPECT_EQ(findings[1].verdict, Verdict::kFail);
}

}  // namespace
}  // namespace signpost::provision
