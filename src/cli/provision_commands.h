#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace signpost::cli {

/// The commands below `signpost provision`.
std::unique_ptr<Command> MakeProvisionLifecycleCommand();
std::unique_ptr<Command> MakeProvisionTableCommand();
std::unique_ptr<Command> MakeProvisionQueueCommand();

/// Prints what is to be changed; whether to go on and change it.
bool ShowChanges(const World& world, const std::vector<std::string>& changes, bool dry_run);

}  // namespace signpost::cli
