#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/run_command_line.h"
#include "cli/version.h"
#include "http/curl_transport.h"

namespace {

using namespace signpost;

/// Turns Ctrl-C and SIGTERM into a stop; a second one ends the program at once.
class SignalWatch {
 public:
  SignalWatch() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGUSR1);  // ends the watching thread
    // Before any other thread: all inherit the mask, so that only the watcher takes these signals.
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::jthread([this](const std::stop_token& ended) { Watch(ended); });
  }
  ~SignalWatch() {
    thread_.request_stop();
    pthread_kill(thread_.native_handle(), SIGUSR1);
  }

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void Watch(const std::stop_token& ended) {
    while (true) {
      int signal = 0;
      sigwait(&signals_, &signal);
      if (ended.stop_requested()) return;
      if (signal == SIGUSR1) continue;
      if (!stop_.request_stop()) _exit(cli::kInterrupted);
    }
  }

  sigset_t signals_{};
  std::stop_source stop_;
  std::jthread thread_;
};

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

/// Keys and URLs must not land in a core file.
void SwitchOffCoreDumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

/// A block is made on one thread and freed on another; with an arena for each thread, freed memory would pile up in
/// all.
void ShareOneHeap() { mallopt(M_ARENA_MAX, 1); }

/// HTTPS_PROXY and NO_PROXY, in either case, as the AWS CLI takes them.
http::CurlTransport::Options TransportOptionsOf(const aws::Environment& environment,
                                                const cli::TransportOptions& options) {
  const auto either = [&environment](const char* upper, const char* lower) {
    const auto value = environment.Get(lower);
    return value ? *value : environment.Get(upper).value_or("");
  };
  return {.ca_bundle = options.ca_bundle.value_or(""),
          .proxy = either("HTTPS_PROXY", "https_proxy"),
          .no_proxy = either("NO_PROXY", "no_proxy"),
          .user_agent = "signpost/" + std::string(cli::Version())};
}

}  // namespace

int main(int argc, char** argv) {
  SwitchOffCoreDumps();
  ShareOneHeap();
  // A closed pipe and a full quota are errors of the write that meets them.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const SignalWatch signals;
  const http::CurlGlobal curl;
  const SystemClock clock;
  SystemSleeper sleeper;
  SystemRandom random;
  std::ios::sync_with_stdio(false);
  cli::World world{.environment = ReadEnvironment(),
                   .in = &std::cin,
                   .out = &std::cout,
                   .err = &std::cerr,
                   .out_descriptor = STDOUT_FILENO,
                   .err_is_terminal = isatty(STDERR_FILENO) != 0,
                   .clock = &clock,
                   .sleeper = &sleeper,
                   .random = &random,
                   .stop = signals.token()};
  world.make_transport = [&world,
                          &clock](const cli::TransportOptions& options) -> Result<std::unique_ptr<http::Transport>> {
    return std::make_unique<http::CurlTransport>(TransportOptionsOf(world.environment, options), &clock);
  };
  return cli::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), world);
}
