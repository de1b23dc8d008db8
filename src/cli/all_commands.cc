#include <ostream>

#include "cli/command.h"
#include "cli/version.h"

namespace signpost::cli {
namespace {

class VersionCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override { return app->add_subcommand("version", "Print the version"); }

  int Run(const World& world) override {
    *world.out << "signpost " << Version() << '\n';
    return kSuccess;
  }
};

}  // namespace

std::vector<std::unique_ptr<Command>> AllCommands(const CLI::App* root) {
  std::vector<std::unique_ptr<Command>> commands;
  commands.push_back(MakeCreateCommand());
  commands.push_back(MakePresignCommand());
  commands.push_back(MakeVerifyCommand());
  commands.push_back(MakeInvokeCommand());
  commands.push_back(MakeLocalCommand());
  commands.push_back(MakeProvisionCommand());
  commands.push_back(MakeDoctorCommand());
  commands.push_back(std::make_unique<VersionCommand>());
  commands.push_back(MakeCompletionCommand(root));
  commands.push_back(MakeManCommand(root));
  return commands;
}

}  // namespace signpost::cli
