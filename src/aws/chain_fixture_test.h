#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/default_chain.h"
#include "testing/fake_time.h"
#include "testing/temporary_folder.h"

namespace signpost::aws {

/// A chain of providers on 2026-01-01 with files and environment of its own. No message may hold the word HIDDEN, which
/// tests put into secrets.
class ChainTest : public ::testing::Test {
 protected:
  ChainTest() { Set("HOME", home_.path().string()); }

  /// What the providers ask by.
  virtual http::Transport* transport() = 0;

  virtual ProviderContext World(const Clock* clock) {
    return {.environment = &environment_,
            .settings = &settings_,
            .transport = transport(),
            .retrier = &retrier_,
            .clock = clock};
  }

  void Set(const std::string& name, const std::string& value) { environment_.variables[name] = value; }
  std::string Write(const std::string& path, std::string_view text) { return home_.Write(path, text); }

  Result<std::unique_ptr<CredentialsProvider>> Chain(const Overrides& overrides = {}) {
    auto settings = LoadSettings(environment_, overrides);
    if (!settings) return Forward(settings);
    settings_ = std::move(*settings);
    return MakeDefaultChain(World(&clock_));
  }

  Result<Credentials> Fetch(const Overrides& overrides = {}) {
    auto provider = Chain(overrides);
    if (!provider) return Forward(provider);
    return (*provider)->Fetch({});
  }

  /// The access key, or the error.
  std::string KeyOf(const Result<Credentials>& fetched) {
    if (fetched) return fetched->access_key_id;
    EXPECT_EQ(fetched.error().ToString().find("HIDDEN"), std::string::npos) << fetched.error().ToString();
    return std::string(Name(fetched.error().code)) + ": " + fetched.error().ToString();
  }
  std::string KeyOf(const Overrides& overrides = {}) { return KeyOf(Fetch(overrides)); }

  testing::TemporaryFolder home_;
  Environment environment_;
  Settings settings_;
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{{.max_attempts = 3}, &budget_, &clock_, &sleeper_, &random_};
};

}  // namespace signpost::aws
