#include <string>
#include <string_view>

#include <unistd.h>

#include "apps/process.h"
#include "http/curl_transport.h"
#include "lambda/run_function.h"

namespace {

using namespace signpost;

constexpr int kFailed = 1;
constexpr char kVersionLine[] = "signpost-lambda " SIGNPOST_VERSION "\n";
constexpr char kUserAgent[] = "signpost-lambda/" SIGNPOST_VERSION;

/// A whole line with one call, so that lines of several threads stay apart. False when nobody reads.
bool WriteLine(int descriptor, std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(descriptor, line.data(), line.size());
    if (written <= 0) return false;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// A log that nobody reads: there is nobody to tell.
void WriteToLog(std::string_view line) { static_cast<void>(WriteLine(STDERR_FILENO, line)); }

}  // namespace

int main(int argc, char** argv) {
  // For whoever unpacks a package; Lambda passes no such argument.
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    return WriteLine(STDOUT_FILENO, kVersionLine) ? 0 : kFailed;
  }
  apps::PrepareProcess();
  const apps::SignalWatch signals(kFailed);
  const http::CurlGlobal curl;
  const SystemClock clock;
  SystemSleeper sleeper;
  SystemRandom random;
  // Without a proxy, whatever the environment says: the Runtime API is in this environment.
  http::CurlTransport runtime({.user_agent = kUserAgent, .connect_timeout = std::chrono::milliseconds(1'000)}, &clock);
  lambda::World world{.environment = apps::ReadEnvironment(),
                      .clock = &clock,
                      .sleeper = &sleeper,
                      .random = &random,
                      .make_transport = {},
                      .runtime = &runtime,
                      .log = WriteToLog,
                      .stop = signals.token()};
  world.make_transport = [&](const std::optional<std::string>& ca_bundle) -> std::unique_ptr<http::Transport> {
    return std::make_unique<http::CurlTransport>(
        apps::TransportOptions(world.environment, apps::FunctionTrust(ca_bundle), kUserAgent), &clock);
  };
  return lambda::RunFunction(world);
}
