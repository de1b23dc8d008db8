#pragma once

#include <memory>
#include <stop_token>

#include "aws/environment.h"
#include "base/clock.h"
#include "lambda/log.h"
#include "lambda/session.h"

namespace signpost::lambda {

/// Everything outside the function: `apps` fills it in with the real things, tests with fakes. The objects pointed to
/// must outlive the call.
struct World {
  aws::Environment environment;
  const Clock* clock = nullptr;
  Sleeper* sleeper = nullptr;
  Random* random = nullptr;
  MakeTransport make_transport;        ///< To AWS.
  http::Transport* runtime = nullptr;  ///< To the Runtime API: without a proxy.
  Log::Sink log;
  std::stop_token stop;  ///< SIGTERM.
};

/// Runs the function until `world.stop`: reads its configuration, registers for SIGTERM, then takes events. Returns the
/// exit status: 0 after a stop; 1 when it cannot start, which it tells the Runtime API, or cannot go on.
int RunFunction(const World& world);

}  // namespace signpost::lambda
