#include "cli/report.h"

#include <ostream>
#include <string>

namespace signpost::cli {
namespace {

void WriteLine(const World& world, std::string_view text) {
  std::string line = "signpost: ";
  // A message may hold what a server or a key says; no control character of it reaches the terminal.
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  *world.err << line << '\n' << std::flush;
}

}  // namespace

int ReportUsage(const World& world, std::string_view why) {
  WriteLine(world, why);
  return kBadUsage;
}

int ReportFailure(const World& world, const Error& error) {
  WriteLine(world, error.ToString());
  return error.code == ErrorCode::kCancelled ? kInterrupted : kFailed;
}

int ReportSetUpFailure(const World& world, const Error& error) {
  const int status = ReportFailure(world, error);
  return error.code == ErrorCode::kInvalidArgument ? kBadUsage : status;
}

int FinishOutput(const World& world, int status) {
  world.out->flush();
  if (world.out->good()) return status;
  WriteLine(world, "standard output could not take the whole answer");
  return kFailed;
}

}  // namespace signpost::cli
