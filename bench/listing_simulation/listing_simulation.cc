// Plays the parallel lister in virtual time over key shapes that are common and key shapes that are made against it,
// and prints the speed-up over one pager, LIST calls over the least possible, and the most bytes that ever waited.
// Fails when a key is lost, comes twice or out of order.
#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "simulated_keys.h"
#include "simulated_listing.h"

namespace signpost::bench {
namespace {

struct Settings {
  int workers = 64;
  std::size_t keys = 3'000'000;
  int lookahead_mib = 64;
  std::uint64_t seed = 1;
  int repeats = 3;
  std::vector<std::string> shapes;
};

bool Row(const Settings& settings, std::string_view shape) {
  const auto keys = MakeKeys(shape, settings.keys, settings.seed);
  double slowest = 1e9;
  double speedups = 0;
  double calls = 0;
  double most_calls = 0;
  std::size_t waiting = 0;
  std::string mistake;
  for (int repeat = 0; repeat < settings.repeats; ++repeat) {
    const auto run = Simulate(keys, {.workers = settings.workers,
                                     .lookahead_bytes = static_cast<std::size_t>(settings.lookahead_mib) << 20,
                                     .seed = settings.seed * 1000 + static_cast<std::uint64_t>(repeat)});
    const double speedup = run.serial_seconds / run.seconds;
    const double ratio = static_cast<double>(run.calls) / static_cast<double>(run.least_calls);
    slowest = std::min(slowest, speedup);
    speedups += speedup / settings.repeats;
    calls += ratio / settings.repeats;
    most_calls = std::max(most_calls, ratio);
    waiting = std::max(waiting, run.most_waiting_bytes);
    if (!run.mistake.empty()) mistake = run.mistake;
  }
  fmt::print("{:14} {:8} {:6.1f}x (least {:5.1f}x) {:5.2f} calls (most {:4.2f}) {:5.1f} MiB {}\n", shape, keys.size(),
             speedups, slowest, calls, most_calls, static_cast<double>(waiting) / (1 << 20),
             mistake.empty() ? "ok" : mistake);
  return mistake.empty();
}

bool Table(const Settings& settings) {
  fmt::print("{} workers, {} keys, {} MiB of look-ahead, seed {}\n", settings.workers, settings.keys,
             settings.lookahead_mib, settings.seed);
  bool ok = true;
  for (const std::string& shape : settings.shapes) ok = Row(settings, shape) && ok;
  return ok;
}

constexpr std::string_view kShapesOfSmallJobs[] = {"uuid-flat", "seq-flat",    "epoch-flat", "date-part",
                                                   "one-hot",   "mixed-text",  "leaf-99",    "two-clusters",
                                                   "tiny-dirs", "word-folders"};

/// With these a job of ten pages was once taken for a large one.
constexpr std::uint64_t kSeedsOfMistakes[] = {38, 90, 98};

/// Small jobs: never more than two calls over the least, never slower than one pager.
bool SmallJobs(std::uint64_t seed) {
  bool ok = true;
  for (const std::string_view shape : kShapesOfSmallJobs) {
    for (const std::size_t count : {0, 1, 999, 1000, 1001, 2500, 5000, 10'000}) {
      const auto keys = MakeKeys(shape, count, seed);
      const auto run = Simulate(keys, {.seed = seed});
      const bool few = run.calls <= run.least_calls + 2;
      // One pager has the luck of its own draws: compare with the slowest it can have.
      const bool fast = run.seconds <= run.serial_seconds * 1.5 / 1.1;
      if (few && fast && run.mistake.empty()) continue;
      fmt::print("{} keys of {}: {} calls for {}, {:.2f} s for {:.2f} s {}\n", count, shape, run.calls, run.least_calls,
                 run.seconds, run.serial_seconds, run.mistake);
      ok = false;
    }
  }
  return ok;
}

int Main(int argc, char** argv) {
  Settings settings;
  bool check = false;
  CLI::App app("Plays the parallel lister in virtual time");
  app.add_option("--workers", settings.workers)->capture_default_str();
  app.add_option("--keys", settings.keys)->capture_default_str();
  app.add_option("--lookahead", settings.lookahead_mib, "MiB")->capture_default_str();
  app.add_option("--seed", settings.seed)->capture_default_str();
  app.add_option("--repeats", settings.repeats, "with other latencies")->capture_default_str();
  app.add_option("shape", settings.shapes);
  app.add_flag("--check", check, "once over few keys");
  CLI11_PARSE(app, argc, argv);
  if (settings.shapes.empty()) {
    settings.shapes.assign(std::begin(kPlainShapes), std::end(kPlainShapes));
    settings.shapes.insert(settings.shapes.end(), std::begin(kHostileShapes), std::end(kHostileShapes));
  }
  if (check) {
    settings.keys = 60'000;
    settings.repeats = 1;
  }
  bool small = SmallJobs(settings.seed);
  for (const std::uint64_t seed : kSeedsOfMistakes) small = SmallJobs(seed) && small;
  return Table(settings) && small ? 0 : 1;
}

}  // namespace
}  // namespace signpost::bench

int main(int argc, char** argv) { return signpost::bench::Main(argc, argv); }
