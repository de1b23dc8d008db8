#include "provision/table.h"

#include <algorithm>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/static_provider.h"
#include "testing/fake_time.h"
#include "testing/scripted_transport.h"

namespace signpost::provision {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// A DynamoDB with at most one table, which takes its time.
class TableWorld : public ::testing::Test {
 protected:
  Result<http::Response> Serve(const http::Request& request) {
    const std::string action(request.headers.Find("x-amz-target").value_or(""));
    actions_.push_back(action.substr(action.find('.') + 1));
    if (actions_.back() == "CreateTable") {
      ++creations_;
      if (!std::exchange(exists_, true)) return Answer(json::object());
      return Refuse("ResourceInUseException");
    }
    if (!exists_) return Refuse("ResourceNotFoundException");
    if (actions_.back() == "UpdateTimeToLive") {
      if (ttl_refusal_) {
        ttl_ = "ENABLED";
        return Refuse("ValidationException");
      }
      ttl_ = "ENABLING";
      return Answer(json::object());
    }
    if (actions_.back() == "DescribeTimeToLive") {
      json description{{"TimeToLiveStatus", ttl_}};
      if (ttl_ != "DISABLED") description["AttributeName"] = "expiration";
      return Answer({{"TimeToLiveDescription", description}});
    }
    const char* status = polls_until_active_-- > 0 ? "CREATING" : "ACTIVE";
    return Answer({{"Table",
                    {{"TableStatus", status},
                     {"KeySchema", {{{"AttributeName", key_}, {"KeyType", "HASH"}}}},
                     {"AttributeDefinitions", {{{"AttributeName", key_}, {"AttributeType", "S"}}}}}}});
  }

  static http::Response Answer(const json& body) { return {.status = 200, .body = body.dump()}; }
  static http::Response Refuse(const std::string& code) {
    return {.status = 400, .body = json{{"__type", "com.amazonaws.dynamodb.v20120810#" + code}}.dump()};
  }

  Status Provision() {
    auto plan = PlanTable(service_, {.stop = stop_.get_token(), .deadline = std::nullopt}, "jobs");
    if (!plan) return Forward(plan);
    return ApplyTable(service_, {.stop = stop_.get_token(), .deadline = std::nullopt}, sleeper_, *plan);
  }

  bool exists_ = false;
  int polls_until_active_ = 0;
  int creations_ = 0;
  std::string ttl_ = "DISABLED";
  std::string key_ = "id";
  bool ttl_refusal_ = false;
  std::vector<std::string> actions_;
  std::stop_source stop_;
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{{}, &budget_, &clock_, &sleeper_, &random_};
  aws::CredentialsCache credentials_{
      std::make_unique<aws::StaticProvider>(Credentials{"KEY", SecretString("secret"), {}, std::nullopt}, "the test"),
      &clock_};
  testing::ScriptedTransport transport_{[this](const http::Request& request, int) { return Serve(request); }};
  aws::JsonService service_{.name = "dynamodb",
                            .target = "DynamoDB_20120810",
                            .url = "http://127.0.0.1:1",
                            .region = {"us-east-1"},
                            .transport = &transport_,
                            .retrier = &retrier_,
                            .credentials = &credentials_,
                            .clock = &clock_};
};

TEST_F(TableWorld, WaitsForTheTableBeforeItSetsTheTimeToLive) {
  polls_until_active_ = 30;
  EXPECT_TRUE(Provision());
  EXPECT_EQ(ttl_, "ENABLING");
  const auto set = std::ranges::find(actions_, "UpdateTimeToLive");
  EXPECT_GT(std::count(actions_.begin(), set, "DescribeTable"), 30);
}

TEST_F(TableWorld, TableThatNeverComesIsUnavailable) {
  polls_until_active_ = 1'000'000;
  const Status made = Provision();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kUnavailable);
}

TEST_F(TableWorld, TableThatSomebodyElseMadeInBetweenIsAsGood) {
  auto plan = PlanTable(service_, {}, "jobs");
  ASSERT_TRUE(plan);
  exists_ = true;
  EXPECT_TRUE(ApplyTable(service_, {}, sleeper_, *plan));
  EXPECT_EQ(creations_, 1);
}

TEST_F(TableWorld, TableWithAnotherKeyThatSomebodyElseMadeInBetweenIsRefused) {
  auto plan = PlanTable(service_, {}, "jobs");
  ASSERT_TRUE(plan);
  exists_ = true;
  key_ = "pk";
  const Status made = ApplyTable(service_, {}, sleeper_, *plan);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kConflict);
  EXPECT_THAT(made.error().message, HasSubstr("pk (S)"));
  EXPECT_EQ(ttl_, "DISABLED");
}

TEST_F(TableWorld, TimeToLiveThatSomebodyElseSetInBetweenIsAsGood) {
  exists_ = true;
  ttl_refusal_ = true;
  EXPECT_TRUE(Provision());
}

TEST_F(TableWorld, StopEndsTheWait) {
  polls_until_active_ = 1'000'000;
  auto plan = PlanTable(service_, {}, "jobs");
  ASSERT_TRUE(plan);
  stop_.request_stop();
  const Status made = ApplyTable(service_, {.stop = stop_.get_token(), .deadline = std::nullopt}, sleeper_, *plan);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace signpost::provision
