#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <regex>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/curl_transport.h"
#include "lambda/run_function.h"
#include "lambda/runtime_api_fixture_test.h"
#include "testing/synthetic_s3.h"

namespace signpost::lambda {

inline std::unique_ptr<testing::KeyShape> Keys(std::uint64_t count) {
  return std::move(testing::MakeKeyShape("dates", count).value());
}

/// A job on the bucket `data`, with an uncompressed manifest.
inline nlohmann::json Job(const nlohmann::json& more = nlohmann::json::object()) {
  nlohmann::json job = {{"bucket", "data"}, {"compress", "none"}};
  job.update(more);
  return job;
}

/// The whole function, from the Runtime API to S3, both on loopback. Whatever it logs is searched for secrets.
class RunFunctionTest : public ::testing::Test {
 protected:
  static constexpr char kSecret[] = "PLANTED-SECRET";
  static constexpr char kToken[] = "PLANTED-TOKEN";

  void SetUp() override {
    static const http::CurlGlobal global;
    environment_ = {{"AWS_REGION", "eu-central-1"},       {"AWS_ACCESS_KEY_ID", "ASIAFUNCTION"},
                    {"AWS_SECRET_ACCESS_KEY", kSecret},   {"AWS_SESSION_TOKEN", kToken},
                    {"AWS_LAMBDA_FUNCTION_NAME", "jobs"}, {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"},
                    {"SIGNPOST_ALLOW", "s3://data/"},     {"SIGNPOST_LOG_LEVEL", "DEBUG"}};
  }

  void TearDown() override {
    const std::string all = Logged();
    EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr("PLANTED")));
    EXPECT_FALSE(std::regex_search(all, std::regex("[0-9a-f]{64}"))) << "a signature, or a hash of one";
    EXPECT_THAT(all, ::testing::Not(::testing::HasSubstr("X-Amz-")));
    for (const std::string& line : lines_) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  }

  void ServeS3(std::unique_ptr<testing::KeyShape> keys,
               std::chrono::milliseconds latency = std::chrono::milliseconds(0)) {
    s3_ = std::make_unique<testing::SyntheticS3>(std::move(keys),
                                                 testing::SyntheticS3Options{.latency = latency, .keep_uploads = true});
    environment_["AWS_ENDPOINT_URL"] = s3_->url();
  }

  /// The exit status after `api`'s script.
  int Run(ScriptedRuntimeApi* api) {
    environment_["AWS_LAMBDA_RUNTIME_API"] = api->authority();
    http::CurlTransport runtime({}, function_clock_);
    World world{.environment = {.variables = environment_},
                .clock = function_clock_,
                .sleeper = &sleeper_,
                .random = &random_,
                .make_transport = {},
                .runtime = &runtime,
                .log =
                    [this](std::string_view line) {
                      const std::lock_guard lock(mutex_);
                      lines_.emplace_back(line);
                    },
                .stop = api->stop()};
    world.make_transport = [this](const std::optional<std::string>&) -> std::unique_ptr<http::Transport> {
      return std::make_unique<http::CurlTransport>(http::CurlTransport::Options{}, function_clock_);
    };
    return RunFunction(world);
  }

  /// The answers to these events.
  std::vector<ScriptedRuntimeApi::Answer> Invoke(const std::vector<nlohmann::json>& events) {
    std::vector<testing::ServerReply> script;
    script.reserve(events.size());
    for (const nlohmann::json& event : events) {
      script.push_back(ScriptedRuntimeApi::Event(static_cast<int>(script.size()) + 1, event.dump()));
    }
    ScriptedRuntimeApi api(std::move(script));
    EXPECT_EQ(Run(&api), 0);
    return api.answers();
  }

  std::string Logged() const {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const std::string& line : lines_) all += line;
    return all;
  }

  /// The rows of an uncompressed NDJSON manifest.
  std::vector<nlohmann::json> Rows(const nlohmann::json& result) const {
    const auto object = s3_->store()->Find(result["key"]);
    std::vector<nlohmann::json> rows;
    if (!object) return rows;
    std::istringstream text(object->body);
    for (std::string line; std::getline(text, line);) rows.push_back(nlohmann::json::parse(line));
    return rows;
  }

  void ExpectNothingLeft() const {
    EXPECT_THAT(s3_->store()->Keys(), ::testing::IsEmpty());
    EXPECT_EQ(s3_->store()->uploads_in_progress(), 0);
  }

  SystemClock clock_;
  const Clock* function_clock_ = &clock_;  ///< The one that the function goes by.
  SystemSleeper sleeper_;
  SystemRandom random_;
  std::map<std::string, std::string, std::less<>> environment_;
  std::unique_ptr<testing::SyntheticS3> s3_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // guarded by mutex_
};

}  // namespace signpost::lambda
