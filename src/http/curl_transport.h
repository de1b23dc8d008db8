#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/transport.h"

namespace signpost::http {

/// curl_global_init() and its end. One for the program, made in main before any thread and outliving every
/// CurlTransport.
class CurlGlobal {
 public:
  CurlGlobal();
  CurlGlobal(const CurlGlobal&) = delete;
  CurlGlobal& operator=(const CurlGlobal&) = delete;
  ~CurlGlobal();
};

/// HTTP/1.1 on libcurl: keep-alive, TLS always verified, no redirects, no decoding, no total time limit but the
/// context's deadline. Proxy variables of the environment are ignored; pass what they hold as options.
///
/// Each concurrent Send() drives a lane of its own (a connection cache and a handle that are kept for later calls), so
/// the number of connections is the number of calls in flight. Idle and connect time-outs run on the steady clock, the
/// deadline on `clock`. Costs two file descriptors per lane besides its connections.
class CurlTransport final : public Transport {
 public:
  struct Options {
    std::string ca_bundle = {};                       ///< PEM file of trusted CAs; empty: `ca_pem`.
    std::string_view ca_pem = {};                     ///< Trusted CAs; outlives this. Empty: those of libcurl's build.
    std::string proxy = {};                           ///< "http://host:port"; empty: none.
    std::string no_proxy = {};                        ///< Hosts reached without `proxy`, comma-separated.
    std::string user_agent = "signpost";              ///< Programs add their version: "signpost/1.0".
    std::chrono::milliseconds connect_timeout{3000};  ///< For name look-up, TCP and TLS together.
  };

  /// `clock` must outlive this object.
  CurlTransport(Options options, const Clock* clock);
  ~CurlTransport() override;

  Status Send(const CallContext& context, const Request& request, Response* response) override;

 private:
  class Lane;

  Result<std::unique_ptr<Lane>> TakeLane();

  const Options options_;
  const Clock* const clock_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> idle_;  // guarded by mutex_; the last used one is at the back
};

}  // namespace signpost::http
