#include "cli/run_command_line.h"

#include <algorithm>
#include <ostream>

#include "cli/command.h"
#include "cli/report.h"

namespace signpost::cli {
namespace {

constexpr char kAbout[] = "Lists an S3 prefix, presigns a GET URL for every object, and writes them as one manifest.";

std::vector<std::unique_ptr<Command>> Build(CLI::App* app) {
  app->name("signpost");
  app->require_subcommand(1);
  app->set_help_flag("-h,--help", "Show this help");
  app->footer(
      "Exit status: 0 every object has a URL; 1 failed, nothing published; 2 bad usage, before any request; "
      "3 published, but some rows carry an error; 130 interrupted.\n"
      "'signpost COMMAND --help' shows a command's options and examples.");
  auto commands = AllCommands(app);
  return commands;
}

/// The arguments as CLI11 takes them, last one first. `--name=` becomes `--name` and an empty value: CLI11 would take
/// the next argument for its value.
std::vector<std::string> Reversed(const std::vector<std::string>& arguments) {
  std::vector<std::string> reversed;
  bool options_end = false;
  for (const std::string& argument : arguments) {
    options_end = options_end || argument == "--";
    if (!options_end && argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
      reversed.push_back(argument.substr(0, argument.size() - 1));
      reversed.emplace_back();
    } else {
      reversed.push_back(argument);
    }
  }
  std::ranges::reverse(reversed);
  return reversed;
}

/// The help of the command that was named, or of all.
std::string HelpOfChosen(const CLI::App& app) {
  const CLI::App* chosen = &app;
  std::string path = "signpost";
  while (!chosen->get_subcommands().empty()) {
    if (chosen != &app) path += " " + chosen->get_name();
    chosen = chosen->get_subcommands().front();
  }
  return chosen == &app ? app.help() : chosen->help(path, CLI::AppFormatMode::Normal);
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments, const World& world) {
  CLI::App app(kAbout);
  const auto commands = Build(&app);
  std::vector<std::pair<CLI::App*, Command*>> defined;
  for (const auto& command : commands) defined.emplace_back(command->Define(&app), command.get());
  std::vector<std::string> reversed = Reversed(arguments);
  if (arguments.empty() || arguments == std::vector<std::string>{"help"}) reversed = {"--help"};
  if (arguments.size() > 1 && arguments[0] == "help") {
    reversed.pop_back();
    reversed.insert(reversed.begin(), "--help");
  }
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    *world.out << HelpOfChosen(app);
    return FinishOutput(world, kSuccess);
  } catch (const CLI::ParseError& error) {
    return ReportUsage(world, error.what());
  }
  const auto chosen = std::ranges::find_if(defined, [](const auto& each) { return each.first->parsed(); });
  return FinishOutput(world, chosen->second->Run(world));
}

}  // namespace signpost::cli
