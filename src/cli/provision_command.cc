#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/command.h"
#include "cli/provision_commands.h"

namespace signpost::cli {
namespace {

class ProvisionCommand final : public Command {
 public:
  ProvisionCommand() {
    commands_.push_back(MakeProvisionLifecycleCommand());
    commands_.push_back(MakeProvisionTableCommand());
    commands_.push_back(MakeProvisionQueueCommand());
  }

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

bool ShowChanges(const World& world, const std::vector<std::string>& changes, bool dry_run) {
  for (const std::string& change : changes) *world.out << change << '\n';
  if (changes.empty()) *world.out << "nothing to change\n";
  if (!changes.empty() && dry_run) *world.out << "not done (--dry-run)\n";
  world.out->flush();
  return !changes.empty() && !dry_run;
}

std::unique_ptr<Command> MakeProvisionCommand() { return std::make_unique<ProvisionCommand>(); }

}  // namespace signpost::cli
