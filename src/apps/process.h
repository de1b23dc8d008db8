#pragma once

#include <csignal>
#include <stop_token>
#include <string>
#include <thread>

#include "apps/trust.h"
#include "aws/environment.h"
#include "http/curl_transport.h"

namespace signpost::apps {

/// Turns Ctrl-C and SIGTERM into a stop; a second one ends the program at once. Made before any other thread, so that
/// all inherit the mask and only the watching thread takes these signals.
class SignalWatch {
 public:
  /// `exit_status` is that of the sudden end.
  explicit SignalWatch(int exit_status);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch();

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void Watch(const std::stop_token& ended);

  const int exit_status_;
  sigset_t signals_{};
  std::stop_source stop_;
  std::jthread thread_;
};

/// What both programs want of their process: no core dumps (keys and URLs must not land in one), one heap for all
/// threads (a block is made on one thread and freed on another; with an arena for each, freed memory would pile up in
/// all), and failures of a write as its errors, not as signals.
void PrepareProcess();

aws::Environment ReadEnvironment();

/// HTTPS_PROXY and NO_PROXY, in either case, as the AWS CLI takes them.
http::CurlTransport::Options TransportOptions(const aws::Environment& environment, Trust trust, std::string user_agent);

}  // namespace signpost::apps
