#pragma once

#include <string_view>

#include "signpost/error.h"

#include "base/problems.h"
#include "cli/world.h"

namespace signpost::cli {

/// Writes "signpost: WHY" as one line on standard error and returns kBadUsage.
int ReportUsage(const World& world, std::string_view why);

/// Writes the error as one line on standard error and returns the exit status that goes with it: kInterrupted for a
/// cancel, kFailed for all others.
int ReportFailure(const World& world, const Error& error);

/// Likewise for what went wrong before anything was sent: what the caller must change is kBadUsage.
int ReportSetUpFailure(const World& world, const Error& error);

/// Flushes standard output; kFailed, with a line on standard error, when it could not take all (a full disk, a closed
/// pipe), else `status`.
int FinishOutput(const World& world, int status);

}  // namespace signpost::cli
