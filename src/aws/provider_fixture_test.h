#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/default_chain.h"
#include "http/curl_transport.h"
#include "testing/fake_time.h"
#include "testing/loopback_server.h"

namespace signpost::aws {

/// A chain of providers on 2026-01-01 with files and environment of its own, which asks a server on loopback by curl.
/// Every secret in these tests holds the word HIDDEN, and no message may.
class ProviderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static const http::CurlGlobal global;
    std::string name = (std::filesystem::temp_directory_path() / "signpost-provider-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    home_ = name;
    Set("HOME", name);
  }
  void TearDown() override { std::filesystem::remove_all(home_); }

  void Set(const std::string& name, const std::string& value) { environment_.variables[name] = value; }

  std::string Write(const std::string& path, std::string_view text) {
    std::filesystem::create_directories((home_ / path).parent_path());
    std::ofstream(home_ / path) << text;
    return (home_ / path).string();
  }

  /// From now on the network is this server alone.
  void Serve(testing::LoopbackServer::Handler handler) {
    server_ = std::make_unique<testing::LoopbackServer>(std::move(handler));
    for (const std::string service : {"STS", "SSO", "SSO_OIDC"}) Set("AWS_ENDPOINT_URL_" + service, server_->url());
  }

  /// Answers the n-th request with the n-th of `replies`, and the last one from then on.
  void Serve(std::vector<testing::ServerReply> replies) {
    Serve([replies = std::move(replies)](const testing::ServerRequest& request) {
      return replies[std::min<std::size_t>(request.number, replies.size() - 1)];
    });
  }

  static testing::ServerReply Reply(std::string body, int status = 200) {
    testing::ServerReply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
  }

  ProviderContext World(const Clock* clock) {
    ProviderContext world{.environment = &environment_,
                          .settings = &settings_,
                          .transport = &transport_,
                          .retrier = &retrier_,
                          .clock = clock};
    world.container_host = world.imds_host = server_->url();
    return world;
  }

  Result<std::unique_ptr<CredentialsProvider>> Chain() {
    auto settings = LoadSettings(environment_, {});
    if (!settings) return Forward(settings);
    settings_ = std::move(*settings);
    return MakeDefaultChain(World(&clock_));
  }

  Result<Credentials> Fetch(const CallContext& context = {}) {
    auto provider = Chain();
    if (!provider) return Forward(provider);
    return (*provider)->Fetch(context);
  }

  /// The access key, or the error.
  std::string KeyOf(const Result<Credentials>& fetched) {
    if (fetched) return fetched->access_key_id;
    EXPECT_EQ(fetched.error().ToString().find("HIDDEN"), std::string::npos) << fetched.error().ToString();
    return std::string(Name(fetched.error().code)) + ": " + fetched.error().ToString();
  }
  std::string KeyOf() { return KeyOf(Fetch()); }

  std::filesystem::path home_;
  Environment environment_;
  Settings settings_;
  SystemClock system_clock_;
  http::CurlTransport transport_{{}, &system_clock_};
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{{.max_attempts = 3}, &budget_, &clock_, &sleeper_, &random_};
  std::unique_ptr<testing::LoopbackServer> server_;
};

}  // namespace signpost::aws
