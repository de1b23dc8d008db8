#include <algorithm>
#include <random>
#include <regex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "lambda/function_fixture_test.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;

/// An answer without what differs from run to run by its nature: names, times, signatures.
json Essence(const ScriptedRuntimeApi::Answer& answer, const std::vector<json>& rows) {
  json essence = {{"kind", answer.kind}, {"type", answer.error_type}};
  json body = json::parse(answer.body);
  for (const char* name : {"manifest_url", "key", "expires_at", "elapsed_ms", "manifest_bytes", "list_calls"})
    body.erase(name);
  essence["body"] = body;
  for (json row : rows) {
    const std::string url = row["url"];
    json parameters = json::array();
    static const std::regex name("[?&]([^=]+)=");
    for (auto i = std::sregex_iterator(url.begin(), url.end(), name); i != std::sregex_iterator(); ++i) {
      parameters.push_back((*i)[1].str());
    }
    row["url"] = url.substr(0, url.find('?'));
    row["parameters"] = parameters;
    essence["rows"].push_back(row);
  }
  return essence;
}

TEST_F(RunFunctionTest, P11_NoJobKnowsAnythingOfTheOneBefore) {
  ServeS3(Keys(1500));
  environment_["SIGNPOST_OUTPUT"] = "s3://out/manifests/";
  const std::vector<json> events = {
      Job(),
      Job({{"request_payer", true}, {"expires_in", 60}}),
      Job({{"response_content_type", "text/plain"}, {"expected_bucket_owner", "123456789012"}, {"concurrency", 1}}),
      Job({{"prefix", "2017/"}}),
      {{"bucket", "elsewhere"}},
      Job({{"expires_in", 0}, {"unknown", 1}}),
      {{"Records", json::array()}},
  };
  std::vector<json> alone;
  for (const json& event : events) {
    const auto answers = Invoke({event});
    ASSERT_EQ(answers.size(), 1U);
    const json body = json::parse(answers[0].body);
    alone.push_back(Essence(answers[0], body.contains("key") ? Rows(body) : std::vector<json>{}));
  }
  EXPECT_EQ(alone[0]["rows"].size(), 1500U);
  const unsigned seed = std::random_device()();
  std::mt19937 random(seed);
  std::vector<std::size_t> order;
  for (int i = 0; i < 3; ++i) {
    for (std::size_t event = 0; event < events.size(); ++event) order.push_back(event);
  }
  std::ranges::shuffle(order, random);
  std::vector<json> shuffled;
  shuffled.reserve(order.size());
  for (const std::size_t event : order) shuffled.push_back(events[event]);
  const auto answers = Invoke(shuffled);
  ASSERT_EQ(answers.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const json body = json::parse(answers[i].body);
    EXPECT_EQ(Essence(answers[i], body.contains("key") ? Rows(body) : std::vector<json>{}), alone[order[i]])
        << "event " << order[i] << " at place " << i << ", seed " << seed;
  }
}

}  // namespace
}  // namespace signpost::lambda
