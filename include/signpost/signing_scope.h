#pragma once

#include <chrono>
#include <string>

namespace signpost {

/// An AWS region's name, such as "eu-central-1".
struct Region {
  std::string name;
  bool operator==(const Region&) const = default;
};

/// Where the objects of one bucket are served: the fixed part of every URL.
struct ObjectEndpoint {
  std::string scheme = "https";  ///< "https" or "http".
  std::string host;              ///< Host header's value: name, plus ":port" unless it is the scheme's default.
  std::string base_path;         ///< "" (virtual-hosted) or "/bucket" (path style), already percent-encoded.
  bool operator==(const ObjectEndpoint&) const = default;
};

/// When and where a signature holds.
struct SigningScope {
  Region region;
  std::chrono::sys_seconds time;         ///< X-Amz-Date; also picks the signing key's day (UTC).
  std::chrono::seconds expires_in{900};  ///< X-Amz-Expires: 1 s to 604,800 s (7 days).
};

}  // namespace signpost
