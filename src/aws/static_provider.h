#pragma once

#include <string>

#include "aws/credentials_provider.h"

namespace signpost::aws {

/// Credentials that are already at hand: the environment's or a profile's keys.
class StaticProvider final : public CredentialsProvider {
 public:
  StaticProvider(Credentials credentials, std::string description)
      : credentials_(std::move(credentials)), description_(std::move(description)) {}

  Result<Credentials> Fetch(const CallContext& /*context*/) override { return credentials_; }
  bool CanRefresh() const override { return false; }
  std::string Describe() const override { return description_; }

 private:
  const Credentials credentials_;
  const std::string description_;
};

}  // namespace signpost::aws
