#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "aws/environment.h"
#include "base/clock.h"
#include "http/transport.h"
#include "lambda/observed.h"
#include "lambda/settings.h"
#include "s3/connection.h"

namespace signpost::lambda {

/// Makes a transport to AWS that trusts the roots in `ca_bundle`, or the program's own.
using MakeTransport = std::function<std::unique_ptr<http::Transport>(const std::optional<std::string>& ca_bundle)>;

/// What sessions are made of. The objects pointed to must outlive them.
struct SessionWorld {
  const aws::Environment* environment = nullptr;
  const FunctionSettings* settings = nullptr;
  MakeTransport make_transport;
  const Clock* clock = nullptr;
  Sleeper* sleeper = nullptr;
  Random* random = nullptr;
};

/// The connection to AWS of one job. Every job has a new one: no socket that a frozen environment has let go stale, no
/// clock correction, region, retry budget or credentials of another job. Not movable.
class Session {
 public:
  struct Options {
    std::string trace_id;
    bool request_payer = false;
    std::optional<std::string> expected_bucket_owner;
  };

  /// Nothing is sent. kUnauthenticated or kInvalidArgument when there is no usable source of credentials.
  static Result<std::unique_ptr<Session>> Open(const SessionWorld& world, Options options);

  s3::Connection& connection() { return *connection_; }
  const RequestCounts& counts() const { return counts_; }
  Sleeper* sleeper() { return &sleeper_; }

 private:
  explicit Session(Sleeper* sleeper) : sleeper_(sleeper, &counts_) {}

  RequestCounts counts_;
  CountingSleeper sleeper_;
  std::unique_ptr<s3::Connection> connection_;
};

}  // namespace signpost::lambda
