// A synthetic S3 as a program of its own, so that its CPU and memory stay out of what is measured.
//
//   synthetic_s3_server SHAPE OBJECTS [page-size=N] [latency-ms=N] [slow-down-every=N] [max-rate=N] [keep-uploads=1]
//
// Prints its URL on standard output, serves until standard input ends, then prints the requests it counted (in all, and
// in the first second after the first of them), the objects it was given, and the uploads that nobody ended.
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "testing/synthetic_s3.h"

namespace {

using signpost::testing::SyntheticCall;
using signpost::testing::SyntheticFault;
using signpost::testing::SyntheticS3;
using signpost::testing::SyntheticS3Options;

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool Set(std::string_view argument, SyntheticS3Options* options) {
  const std::size_t equals = argument.find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view name = argument.substr(0, equals);
  const auto value = Number(argument.substr(equals + 1));
  if (!value || *value > 1'000'000'000) return false;
  if (name == "page-size") {
    options->page_size = *value;
  } else if (name == "latency-ms") {
    options->latency = std::chrono::milliseconds(*value);
  } else if (name == "slow-down-every") {
    options->slow_down_every = static_cast<int>(*value);
  } else if (name == "max-rate") {
    options->max_requests_per_second = static_cast<int>(*value);
  } else if (name == "keep-uploads") {
    options->keep_uploads = *value != 0;
  } else {
    return false;
  }
  return true;
}

/// What a server had counted a second after its first request.
class FirstSecond {
 public:
  explicit FirstSecond(const SyntheticS3* server) : server_(server) {}

  /// A request has come.
  void Look() {
    if (over_) return;
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (!begun_) begun_ = now;
    if (over_ || now - *begun_ < std::chrono::seconds(1)) return;
    requests_ = server_->requests();
    faults_ = server_->faults();
    over_ = true;
  }

  int requests() const { return over_ ? requests_ : server_->requests(); }
  int faults() const { return over_ ? faults_ : server_->faults(); }

 private:
  const SyntheticS3* const server_;
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> begun_;  // guarded by mutex_
  std::atomic<bool> over_ = false;
  int requests_ = 0;  // set before over_
  int faults_ = 0;    // set before over_
};

int Usage() {
  std::fputs(
      "usage: synthetic_s3_server sequence|uuid|dates|skewed|hostile OBJECTS [page-size=N] [latency-ms=N]\n"
      "         [slow-down-every=N] [max-rate=N] [keep-uploads=1]\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return Usage();
  SyntheticS3Options options;
  for (int i = 3; i < argc; ++i) {
    if (!Set(argv[i], &options)) return Usage();
  }
  const auto objects = Number(argv[2]);
  if (!objects) return Usage();
  auto shape = signpost::testing::MakeKeyShape(argv[1], *objects);
  if (!shape) return Usage();
  SyntheticS3 server(std::move(*shape), options);
  FirstSecond first_second(&server);
  server.StartRound([&first_second](const auto&) -> std::optional<SyntheticFault> {
    first_second.Look();
    return std::nullopt;
  });
  std::printf("%s\n", server.url().c_str());
  std::fflush(stdout);
  char scrap[256];
  while (read(STDIN_FILENO, scrap, sizeof scrap) > 0) {
  }
  std::printf(
      "lists=%d puts=%d parts=%d requests=%d faults=%d requests_in_first_second=%d faults_in_first_second=%d "
      "objects=%zu uploads_in_progress=%d\n",
      server.count(SyntheticCall::kList), server.count(SyntheticCall::kPut), server.count(SyntheticCall::kUploadPart),
      server.requests(), server.faults(), first_second.requests(), first_second.faults(), server.store()->Keys().size(),
      server.store()->uploads_in_progress());
  return 0;
}
