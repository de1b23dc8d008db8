#pragma once

#include <memory>
#include <optional>
#include <string>

#include "aws/credentials_provider.h"
#include "aws/environment.h"
#include "aws/provider_context.h"
#include "aws/settings.h"
#include "aws/skewed_clock.h"
#include "http/retry.h"
#include "http/transport.h"
#include "s3/client.h"

namespace signpost::s3 {

/// What a connection is put together from. The objects pointed to must outlive it.
struct ConnectionParts {
  aws::Environment environment;
  aws::Settings settings;
  std::unique_ptr<http::Transport> transport;
  bool request_payer = false;                        ///< See ClientOptions.
  std::optional<std::string> expected_bucket_owner;  ///< See ClientOptions.
  const Clock* clock = nullptr;
  Sleeper* sleeper = nullptr;
  Random* random = nullptr;
};

/// Everything between a program and AWS, put together once: credentials' sources, retries with their budget, the clock
/// that servers correct, and the S3 client. Not movable: its parts refer to each other.
class Connection {
 public:
  /// Chooses the source of credentials; nothing is sent. kInvalidArgument when its configuration is incomplete.
  static Result<std::unique_ptr<Connection>> Make(ConnectionParts parts);

  Client& client() { return *client_; }
  http::Transport& transport() { return *parts_.transport; }
  http::Retrier& retrier() { return retrier_; }
  const http::RetryBudget& budget() const { return budget_; }
  aws::SkewedClock& clock() { return clock_; }
  aws::CredentialsCache& credentials() { return *credentials_; }
  const aws::Settings& settings() const { return parts_.settings; }

  /// For further sources of credentials; holds for the life of this object.
  aws::ProviderContext provider_context();

 private:
  explicit Connection(ConnectionParts parts);

  ConnectionParts parts_;
  aws::SkewedClock clock_;
  http::RetryBudget budget_;
  http::Retrier retrier_;
  std::unique_ptr<aws::CredentialsCache> credentials_;
  std::unique_ptr<Client> client_;
};

/// kInvalidArgument unless `owner` is an account id of 12 digits.
Status CheckBucketOwner(const std::string& owner);

}  // namespace signpost::s3
