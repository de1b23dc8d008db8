#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "aws/environment.h"
#include "base/clock.h"
#include "http/transport.h"

namespace signpost::cli {

/// What the network is reached through.
struct TransportOptions {
  std::optional<std::string> ca_bundle;  ///< A PEM file of trusted roots in place of the system's.
};

/// Everything outside the command: `apps` fills it in with the real things, tests with fakes. The referenced objects
/// must outlive the call.
struct World {
  aws::Environment environment;
  std::istream* in = nullptr;
  std::ostream* out = nullptr;
  std::ostream* err = nullptr;
  int out_descriptor = 1;  ///< The file descriptor behind `out`, for a manifest on standard output.
  bool in_is_terminal = false;
  bool err_is_terminal = false;
  const Clock* clock = nullptr;
  Sleeper* sleeper = nullptr;
  Random* random = nullptr;
  std::function<Result<std::unique_ptr<http::Transport>>(const TransportOptions&)> make_transport;
  std::stop_token stop;  ///< Ctrl-C and SIGTERM.
};

/// Exit statuses; docs in the README and the man page.
enum ExitStatus {
  kSuccess = 0,
  kFailed = 1,
  kBadUsage = 2,
  kPublishedWithErrors = 3,
  kInterrupted = 130,
};

}  // namespace signpost::cli
