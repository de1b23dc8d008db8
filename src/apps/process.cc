#include "apps/process.h"

#include <string_view>

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace signpost::apps {

SignalWatch::SignalWatch(int exit_status) : exit_status_(exit_status) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGUSR1);  // ends the watching thread
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::jthread([this](const std::stop_token& ended) { Watch(ended); });
}

SignalWatch::~SignalWatch() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGUSR1);
}

void SignalWatch::Watch(const std::stop_token& ended) {
  while (true) {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (ended.stop_requested()) return;
    if (signal == SIGUSR1) continue;
    if (!stop_.request_stop()) _exit(exit_status_);
  }
}

void PrepareProcess() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  mallopt(M_ARENA_MAX, 1);
  // A closed pipe and a full quota are errors of the write that meets them.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

aws::Environment ReadEnvironment() {
  aws::Environment environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

http::CurlTransport::Options TransportOptions(const aws::Environment& environment, Trust trust,
                                              std::string user_agent) {
  const auto either = [&environment](const char* upper, const char* lower) {
    const auto value = environment.Get(lower);
    return value ? *value : environment.Get(upper).value_or("");
  };
  return {.ca_bundle = std::move(trust.bundle),
          .ca_pem = trust.pem,
          .proxy = either("HTTPS_PROXY", "https_proxy"),
          .no_proxy = either("NO_PROXY", "no_proxy"),
          .user_agent = std::move(user_agent)};
}

}  // namespace signpost::apps
