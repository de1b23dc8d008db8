#pragma once

#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "aws/credentials_provider.h"
#include "aws/settings.h"
#include "aws/skewed_clock.h"
#include "cli/report.h"
#include "cli/world.h"
#include "http/retry.h"
#include "s3/client.h"

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

/// Everything between a command and S3, put together once. Not movable: its parts refer to each other.
class Connection {
 public:
  /// Reads settings and credentials' sources; nothing is sent. What is wrong with the options goes to `problems`; then,
  /// or when the settings are, the result is an error (kInvalidArgument).
  static Result<std::unique_ptr<Connection>> Open(const World& world, const ConnectionOptions& options,
                                                  Problems* problems);

  s3::Client& client() { return *client_; }
  http::Transport& transport() { return *transport_; }
  http::Retrier& retrier() { return retrier_; }
  const aws::SkewedClock& clock() const { return clock_; }

 private:
  explicit Connection(const World& world)
      : clock_(world.clock), retrier_({}, &budget_, world.clock, world.sleeper, world.random) {}

  aws::SkewedClock clock_;
  http::RetryBudget budget_;
  http::Retrier retrier_;
  aws::Environment environment_;
  aws::Settings settings_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<aws::CredentialsCache> credentials_;
  std::unique_ptr<s3::Client> client_;
};

}  // namespace signpost::cli
