#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "signpost/secret.h"

namespace signpost {

/// One set of AWS credentials, as read from a source.
struct Credentials {
  std::string access_key_id;
  SecretString secret_access_key;
  SecretString session_token;                          ///< Empty for long-lived keys.
  std::optional<std::chrono::sys_seconds> expires_at;  ///< Empty when the source does not tell.
};

}  // namespace signpost
