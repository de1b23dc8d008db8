#include "s3/connection.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/default_chain.h"

namespace signpost::s3 {

Connection::Connection(ConnectionParts parts)
    : parts_(std::move(parts)),
      clock_(parts_.clock),
      retrier_({}, &budget_, parts_.clock, parts_.sleeper, parts_.random) {}

aws::ProviderContext Connection::provider_context() {
  return {.environment = &parts_.environment,
          .settings = &parts_.settings,
          .transport = parts_.transport.get(),
          .retrier = &retrier_,
          .clock = &clock_};
}

Result<std::unique_ptr<Connection>> Connection::Make(ConnectionParts parts) {
  auto connection = std::unique_ptr<Connection>(new Connection(std::move(parts)));
  auto provider = aws::MakeDefaultChain(connection->provider_context());
  if (!provider) return Forward(provider);
  connection->credentials_ = std::make_unique<aws::CredentialsCache>(std::move(*provider), &connection->clock_);
  const ConnectionParts& made = connection->parts_;
  connection->client_ = std::make_unique<Client>(ClientOptions{.region = made.settings.S3Region(),
                                                               .endpoint = made.settings.s3,
                                                               .request_payer = made.request_payer,
                                                               .expected_bucket_owner = made.expected_bucket_owner},
                                                 made.transport.get(), connection->credentials_.get(),
                                                 &connection->retrier_, &connection->clock_);
  return connection;
}

Status CheckBucketOwner(const std::string& owner) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (owner.size() == 12 && std::ranges::all_of(owner, digit)) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not an account id of 12 digits", owner));
}

}  // namespace signpost::s3
