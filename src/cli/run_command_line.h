#pragma once

#include <string>
#include <vector>

#include "cli/world.h"

namespace signpost::cli {

/// The whole command: reads `arguments` (without the program's name), runs, prints, and returns the exit status.
/// Standard output gets the answer and nothing else.
int RunCommandLine(const std::vector<std::string>& arguments, const World& world);

}  // namespace signpost::cli
