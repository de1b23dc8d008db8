#include <algorithm>
#include <utility>

#include "cli/command.h"
#include "cli/provision_commands.h"

namespace signpost::cli {
namespace {

class ProvisionCommand final : public Command {
 public:
  ProvisionCommand() { commands_.push_back(MakeProvisionLifecycleCommand()); }

  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("provision", "Prepare what a deployment needs around the function");
    command->require_subcommand(1);
    command->footer("'signpost provision COMMAND --help' shows a command's options and examples.");
    for (const auto& each : commands_) defined_.emplace_back(each->Define(command), each.get());
    return command;
  }

  int Run(const World& world) override {
    const auto chosen = std::ranges::find_if(defined_, [](const auto& each) { return each.first->parsed(); });
    return chosen->second->Run(world);
  }

 private:
  std::vector<std::unique_ptr<Command>> commands_;
  std::vector<std::pair<CLI::App*, Command*>> defined_;
};

}  // namespace

std::unique_ptr<Command> MakeProvisionCommand() { return std::make_unique<ProvisionCommand>(); }

}  // namespace signpost::cli
