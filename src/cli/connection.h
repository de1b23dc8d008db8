#pragma once

#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/report.h"
#include "cli/world.h"
#include "s3/connection.h"

namespace signpost::cli {

/// The options that every command which talks to S3 has, as text.
struct ConnectionOptions {
  std::optional<std::string> endpoint_url;
  std::optional<std::string> region;
  std::optional<std::string> profile;
  std::optional<std::string> addressing_style;
  std::optional<std::string> ca_bundle;
  std::optional<std::string> expected_bucket_owner;
  bool request_payer = false;

  void Define(CLI::App* app);
};

/// Everything between a command and S3. Reads settings and credentials' sources; nothing is sent. What is wrong with
/// the options goes to `problems`; then, or when the settings are, the result is an error (kInvalidArgument).
Result<std::unique_ptr<s3::Connection>> OpenConnection(const World& world, const ConnectionOptions& options,
                                                       Problems* problems);

}  // namespace signpost::cli
