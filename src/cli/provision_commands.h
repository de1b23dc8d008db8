#pragma once

#include <memory>

#include "cli/command.h"

namespace signpost::cli {

/// The commands below `signpost provision`.
std::unique_ptr<Command> MakeProvisionLifecycleCommand();

}  // namespace signpost::cli
