#include <string>
#include <string_view>

#include <unistd.h>

#include "apps/process.h"
#include "http/curl_transport.h"
#include "lambda/run_function.h"

namespace {

using namespace signpost;

constexpr int kFailed = 1;
constexpr char kUserAgent[] = "signpost-lambda/" SIGNPOST_VERSION;
/// The roots of Amazon Linux, for a build of libcurl that knows other places only.
constexpr char kAmazonLinuxRoots[] = "/etc/pki/tls/certs/ca-bundle.crt";

std::string RootsOr(const std::optional<std::string>& ca_bundle) {
  if (ca_bundle) return *ca_bundle;
  return access(kAmazonLinuxRoots, R_OK) == 0 ? kAmazonLinuxRoots : "";
}

/// A whole line with one call, so that lines of several threads stay apart.
void WriteToLog(std::string_view line) {
  while (!line.empty()) {
    const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    if (written <= 0) return;  // Nobody reads the log: there is nobody to tell.
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

int main() {
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
        apps::TransportOptions(world.environment, RootsOr(ca_bundle), kUserAgent), &clock);
  };
  return lambda::RunFunction(world);
}
