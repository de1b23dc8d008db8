#include "lambda/session.h"

namespace signpost::lambda {

Result<std::unique_ptr<Session>> Session::Open(const SessionWorld& world, Options options) {
  auto session = std::unique_ptr<Session>(new Session(world.sleeper));
  auto transport = std::make_unique<ObservedTransport>(world.make_transport(world.settings->aws.ca_bundle),
                                                       std::move(options.trace_id), &session->counts_);
  auto connection = s3::Connection::Make({.environment = *world.environment,
                                          .settings = world.settings->aws,
                                          .transport = std::move(transport),
                                          .request_payer = options.request_payer,
                                          .expected_bucket_owner = std::move(options.expected_bucket_owner),
                                          .clock = world.clock,
                                          .sleeper = &session->sleeper_,
                                          .random = world.random});
  if (!connection) return Forward(connection);
  session->connection_ = std::move(*connection);
  return session;
}

}  // namespace signpost::lambda
