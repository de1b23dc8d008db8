#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace signpost::cli {

/// What completion and the man page need to know of an option.
struct OptionInfo {
  std::vector<std::string> names;  ///< "--format", "-v": long ones first.
  std::string value;               ///< The value's name; empty for a flag.
  std::string description;
  std::string default_value;  ///< Empty when there is none to tell.
};

/// The options of a command in the order defined; positional arguments are left out.
std::vector<OptionInfo> OptionsOf(const CLI::App& command);

/// The positional arguments' names and descriptions.
std::vector<OptionInfo> ArgumentsOf(const CLI::App& command);

/// The subcommands in the order of the help.
std::vector<const CLI::App*> SubcommandsOf(const CLI::App& root);

/// A command that runs: "create", or below another one "provision lifecycle".
struct LeafCommand {
  std::string path;
  const CLI::App* app;
};

/// All of them in the order of the help.
std::vector<LeafCommand> LeafCommandsOf(const CLI::App& root);

/// The words that an option takes ("ndjson csv urls"), empty where any value goes.
std::vector<std::string> ChoicesOf(const OptionInfo& option);

}  // namespace signpost::cli
