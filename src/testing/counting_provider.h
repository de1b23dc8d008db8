#pragma once

#include <optional>
#include <string>

#include <fmt/format.h>

#include "aws/credentials_provider.h"

namespace signpost::testing {

/// Hands out KEY1, KEY2, ... with each call.
class CountingProvider final : public aws::CredentialsProvider {
 public:
  Result<Credentials> Fetch(const CallContext& /*context*/) override {
    return Credentials{fmt::format("KEY{}", ++count_), SecretString("secret"), SecretString("token"), std::nullopt};
  }
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return "a counter"; }

 private:
  int count_ = 0;
};

}  // namespace signpost::testing
