#pragma once

#include "aws/environment.h"
#include "aws/settings.h"
#include "base/clock.h"
#include "http/retry.h"
#include "http/transport.h"

namespace signpost::aws {

/// What the sources of credentials work with. The referenced objects must outlive every provider made from it.
struct ProviderContext {
  const Environment* environment = nullptr;
  const Settings* settings = nullptr;
  http::Transport* transport = nullptr;
  http::Retrier* retrier = nullptr;  ///< For the sources behind a network.
  const Clock* clock = nullptr;
  std::string container_host = "http://169.254.170.2";  ///< Of AWS_CONTAINER_CREDENTIALS_RELATIVE_URI.
  std::string imds_host = "http://169.254.169.254";     ///< Unless the environment names another.
};

}  // namespace signpost::aws
