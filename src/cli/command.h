#pragma once

#include <memory>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/world.h"

namespace signpost::cli {

/// One subcommand: its options, and what it does once they are read.
class Command {
 public:
  virtual ~Command() = default;

  /// Adds the subcommand to `app`; the option values land in this object, which must outlive the parse.
  virtual CLI::App* Define(CLI::App* app) = 0;

  /// Runs after a parse that chose this subcommand; returns the exit status.
  virtual int Run(const World& world) = 0;
};

/// All subcommands, in the order of the help. Those that describe the others (completion, man) look at `root`, which
/// must outlive them.
std::vector<std::unique_ptr<Command>> AllCommands(const CLI::App* root);

std::unique_ptr<Command> MakeCreateCommand();
std::unique_ptr<Command> MakePresignCommand();
std::unique_ptr<Command> MakeVerifyCommand();
std::unique_ptr<Command> MakeInvokeCommand();
std::unique_ptr<Command> MakeLocalCommand();
std::unique_ptr<Command> MakeProvisionCommand();
std::unique_ptr<Command> MakeDoctorCommand();
std::unique_ptr<Command> MakeCompletionCommand(const CLI::App* root);
std::unique_ptr<Command> MakeManCommand(const CLI::App* root);

}  // namespace signpost::cli
