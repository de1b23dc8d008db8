#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/connection.h"

namespace signpost::cli {

/// The options of the commands that talk to Lambda and SQS: who signs, and for which region.
class CallerOptions {
 public:
  void Define(CLI::App* app);

  /// As OpenConnection().
  Result<std::unique_ptr<s3::Connection>> Open(const World& world, Problems* problems) const {
    return OpenConnection(world, options_, problems);
  }
  const std::optional<std::string>& ca_bundle() const { return options_.ca_bundle; }
  const std::optional<std::string>& region() const { return options_.region; }

 private:
  ConnectionOptions options_;
};

/// A whole number from `least` to `most`.
Result<int> ParseNumber(const std::string& text, int least, int most);

/// A function's time-out: 1 s to 15 minutes ("900", "900s", "15m").
Result<std::chrono::seconds> ParseFunctionTimeout(const std::string& text);

/// `url` without slashes at its end.
std::string WithoutTrailingSlash(std::string url);

}  // namespace signpost::cli
