#include "cli/progress_line.h"

#include <ostream>

#include <fmt/format.h>

namespace signpost::cli {
namespace {

constexpr std::chrono::milliseconds kInterval{500};
constexpr char kEraseLine[] = "\r\x1b[K";

std::string Describe(const job::Progress& progress, double objects_per_second) {
  return fmt::format("{} objects, {:.0f} objects/s, {} pages, {} parts, {:.1f} MiB", progress.objects.load(),
                     objects_per_second, progress.pages.load(), progress.parts.load(),
                     static_cast<double>(progress.manifest_bytes.load()) / (1 << 20));
}

}  // namespace

ProgressLine::ProgressLine(const World& world, const job::Progress& progress, bool quiet) {
  if (quiet || !world.err_is_terminal) return;
  writer_ = std::jthread([&world, &progress](const std::stop_token& stop) {
    std::uint64_t before = 0;
    while (true) {
      world.sleeper->SleepFor(kInterval, stop);
      if (stop.stop_requested()) break;
      const std::uint64_t now = progress.objects.load();
      const double rate = static_cast<double>(now - before) * 1000.0 / static_cast<double>(kInterval.count());
      *world.err << kEraseLine << Describe(progress, rate) << std::flush;
      before = now;
    }
    *world.err << kEraseLine << std::flush;
  });
}

ProgressLine::~ProgressLine() = default;

}  // namespace signpost::cli
