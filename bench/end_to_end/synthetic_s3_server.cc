// A synthetic S3 as a program of its own, so that its CPU and memory stay out of what is measured.
//
//   synthetic_s3_server SHAPE OBJECTS [page-size=N] [latency-ms=N] [slow-down-every=N] [max-rate=N] [keep-uploads=1]
//
// Prints its URL on standard output, serves until standard input ends, then prints the requests it counted.
#include <charconv>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "testing/synthetic_s3.h"

namespace {

using signpost::testing::SyntheticCall;
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
  const SyntheticS3 server(std::move(*shape), options);
  std::printf("%s\n", server.url().c_str());
  std::fflush(stdout);
  char scrap[256];
  while (read(STDIN_FILENO, scrap, sizeof scrap) > 0) {
  }
  std::printf("lists=%d puts=%d parts=%d faults=%d\n", server.count(SyntheticCall::kList),
              server.count(SyntheticCall::kPut), server.count(SyntheticCall::kUploadPart), server.faults());
  return 0;
}
