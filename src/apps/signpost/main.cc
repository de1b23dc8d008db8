#include <iostream>
#include <string>
#include <vector>

#include <unistd.h>

#include "apps/process.h"
#include "cli/run_command_line.h"
#include "cli/version.h"
#include "http/curl_transport.h"

int main(int argc, char** argv) {
  using namespace signpost;
  apps::PrepareProcess();
  const apps::SignalWatch signals(cli::kInterrupted);
  const http::CurlGlobal curl;
  const SystemClock clock;
  SystemSleeper sleeper;
  SystemRandom random;
  std::ios::sync_with_stdio(false);
  cli::World world{.environment = apps::ReadEnvironment(),
                   .in = &std::cin,
                   .out = &std::cout,
                   .err = &std::cerr,
                   .out_descriptor = STDOUT_FILENO,
                   .in_is_terminal = isatty(STDIN_FILENO) != 0,
                   .err_is_terminal = isatty(STDERR_FILENO) != 0,
                   .clock = &clock,
                   .sleeper = &sleeper,
                   .random = &random,
                   .stop = signals.token()};
  world.make_transport = [&world,
                          &clock](const cli::TransportOptions& options) -> Result<std::unique_ptr<http::Transport>> {
    return std::make_unique<http::CurlTransport>(
        apps::TransportOptions(world.environment, apps::CommandTrust(options.ca_bundle),
                               "signpost/" + std::string(cli::Version())),
        &clock);
  };
  return cli::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), world);
}
