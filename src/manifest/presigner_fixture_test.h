#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "signpost/presigner.h"

namespace signpost::manifest {

/// Signs for the bucket `data` as of 2026-01-01T00:00:00Z, with `token` unless it is empty.
inline Presigner TestPresigner(std::string token = "") {
  Credentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = SecretString("secret");
  credentials.session_token = SecretString(std::move(token));
  const SigningScope scope{.region = {"us-east-1"}, .time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
  return *Presigner::Create(credentials, {.host = "data.s3.us-east-1.amazonaws.com"}, scope);
}

}  // namespace signpost::manifest
