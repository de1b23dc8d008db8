#include "lambda/log.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lambda/log_text.h"
#include "lambda/metrics.h"
#include "testing/fake_time.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class LogTest : public ::testing::Test {
 protected:
  Log Make(LogLevel level) {
    return Log([this](std::string_view line) { lines_.emplace_back(line); }, level, &clock_);
  }

  testing::FakeClock clock_;
  std::vector<std::string> lines_;
};

TEST_F(LogTest, IsOneJsonObjectALine) {
  clock_.Advance(std::chrono::milliseconds(7));
  Make(LogLevel::kInfo)
      .Write(LogLevel::kWarn, "slow", {.request_id = "r1", .cold_start = true, .job_id = "j1"}, {{"objects", "3"}});
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_EQ(json::parse(lines_[0]), json({{"timestamp", "2026-01-01T00:00:00.007Z"},
                                          {"level", "WARN"},
                                          {"message", "slow"},
                                          {"request_id", "r1"},
                                          {"cold_start", true},
                                          {"job_id", "j1"},
                                          {"objects", "3"}}));
  EXPECT_TRUE(lines_[0].ends_with("}\n"));
}

TEST_F(LogTest, WritesNothingBelowItsLevel) {
  const Log log = Make(LogLevel::kWarn);
  log.Write(LogLevel::kInfo, "chatter", {});
  log.Write(LogLevel::kError, "failure", {});
  ASSERT_EQ(lines_.size(), 1U);
  EXPECT_THAT(lines_[0], HasSubstr("failure"));
}

TEST_F(LogTest, EscapesWhateverAKeyHolds) {
  Make(LogLevel::kInfo)
      .Write(LogLevel::kInfo, "a\nb\r\x1b[2J\u2028\u0085\xff", {}, {{"prefix", "x\"},\n{\"level\":\"ERROR"}});
  const std::string_view line = std::string_view(lines_.at(0)).substr(0, lines_[0].size() - 1);
  for (const char c : line) {
    EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_LT(static_cast<unsigned char>(c), 0x7f);
  }
  EXPECT_EQ(json::parse(line)["prefix"], "x\"},\n{\"level\":\"ERROR");
}

TEST_F(LogTest, CutsLongValuesAtACharactersEnd) {
  const std::string key = std::string(199, 'k') + "\u00e9\u00e9";
  Make(LogLevel::kInfo).Write(LogLevel::kInfo, std::string(1 << 20, 'm'), {}, {{"prefix", key}});
  EXPECT_LT(lines_.at(0).size(), 5000U);
  EXPECT_EQ(json::parse(lines_[0])["prefix"], std::string(199, 'k') + "...");
}

TEST_F(LogTest, BetraysNoSignatureEvenWhenItIsGivenOne) {
  Make(LogLevel::kInfo)
      .Write(LogLevel::kInfo, "GET https://h/k?X-Amz-Signature=PLANTED1&x=1&X-Amz-Security-Token=PLANTED2", {},
             {{"header", "AWS4-HMAC-SHA256 Credential=AKID/x, Signature=PLANTED3"}});
  EXPECT_THAT(lines_.at(0), Not(HasSubstr("PLANTED")));
  EXPECT_THAT(lines_.at(0), HasSubstr("X-Amz-Signature=***&x=1&X-Amz-Security-Token=***"));
}

TEST(ParseLogLevelTest, TakesItsNamesInAnyCase) {
  EXPECT_EQ(ParseLogLevel("debug").value_or(LogLevel::kError), LogLevel::kDebug);
  EXPECT_EQ(ParseLogLevel("Error").value_or(LogLevel::kDebug), LogLevel::kError);
  EXPECT_FALSE(ParseLogLevel("verbose"));
}

TEST(EmbeddedMetrics, HaveTheFormatsFormAndOneDimension) {
  const JobMetrics metrics{.objects = 3,
                           .pages = 2,
                           .retries = 4,
                           .throttles = 1,
                           .bytes = 99,
                           .duration = std::chrono::milliseconds(12),
                           .replayed = true,
                           .resumed = false,
                           .failed = true};
  const json line =
      json::parse(ToEmbeddedMetrics(metrics, "jobs", TimePoint(std::chrono::milliseconds(1'767'225'600'007))));
  EXPECT_EQ(line["_aws"]["Timestamp"], 1'767'225'600'007);
  const json& directive = line["_aws"]["CloudWatchMetrics"];
  ASSERT_EQ(directive.size(), 1U);
  EXPECT_EQ(directive[0]["Namespace"], "Signpost");
  EXPECT_EQ(directive[0]["Dimensions"], json::parse(R"([["FunctionName"]])"));
  EXPECT_EQ(line["FunctionName"], "jobs");
  const json values = {{"Objects", 3},   {"Pages", 2},    {"Retries", 4}, {"Throttles", 1}, {"Bytes", 99},
                       {"Duration", 12}, {"Replayed", 1}, {"Resumed", 0}, {"Failures", 1}};
  ASSERT_EQ(directive[0]["Metrics"].size(), values.size());
  for (const json& metric : directive[0]["Metrics"]) {
    const std::string name = metric["Name"];
    EXPECT_EQ(line[name], values[name]) << name;
  }
  EXPECT_EQ(line.size(), values.size() + 2) << "nothing that could become a dimension or hold a key";
}

}  // namespace
}  // namespace signpost::lambda
