#pragma once

#include <chrono>
#include <string>

#include "testing/loopback_server.h"

namespace signpost::testing {

/// A self-signed certificate that is its own authority, with a fresh P-256 key: valid from a day ago until `life` from
/// now (which may be negative), for `alternative_name` in OpenSSL's words ("IP:127.0.0.1", "DNS:example.org").
LoopbackServer::TlsFiles MakeTestCertificate(const std::string& alternative_name = "IP:127.0.0.1",
                                             std::chrono::seconds life = std::chrono::hours(1));

}  // namespace signpost::testing
