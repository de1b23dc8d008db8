#include <ostream>

#include "cli/local_options.h"
#include "cli/provision_commands.h"
#include "cli/report.h"
#include "idempotency/store_address.h"
#include "provision/services.h"
#include "provision/table.h"

namespace signpost::cli {
namespace {

constexpr char kProvisionTableExamples[] =
    "Creates the table, paid by request, with the string key 'id' and its time to live on 'expiration', and waits "
    "until it "
    "can be used. One that is there keeps its billing. Run twice it changes nothing.\n"
    "Exit status 0: the table is there, or would be with --dry-run; 1: refused, or not done; 2: bad usage.\n"
    "Examples:\n"
    "  signpost provision table dynamodb://signpost-jobs --dry-run\n"
    "  signpost provision table dynamodb://signpost-jobs --region eu-central-1\n";

class ProvisionTableCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("table", "Create the DynamoDB table that keeps which jobs are done");
    command->footer(kProvisionTableExamples);
    command->add_option("TABLE", table_, "dynamodb://TABLE, a name or an ARN")->required();
    command->add_flag("--dry-run", dry_run_, "Show what would change, and change nothing");
    caller_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    Problems problems;
    const auto address = problems.Take("TABLE", idempotency::ParseStoreAddress(table_));
    const auto* table = std::get_if<idempotency::DynamoDbAddress>(&address);
    if (problems.empty() && table == nullptr) problems.Add("TABLE", "only a table can be made (dynamodb://TABLE)");
    auto connection = caller_.Open(world, &problems);
    if (!problems.empty()) return ReportUsage(world, problems.text());
    if (!connection) return ReportSetUpFailure(world, connection.error());
    const aws::JsonService service = provision::DynamoDbOf(connection->get(), table->table);
    const CallContext context{.stop = world.stop, .deadline = std::nullopt};
    auto plan = provision::PlanTable(service, context, table->table);
    if (!plan) return ReportFailure(world, plan.error());
    if (!ShowChanges(world, plan->changes, dry_run_)) return kSuccess;
    if (Status applied = provision::ApplyTable(service, context, *world.sleeper, *plan); !applied) {
      return ReportFailure(world, applied.error());
    }
    *world.out << "done, and read back the same\n";
    return kSuccess;
  }

 private:
  std::string table_;
  bool dry_run_ = false;
  CallerOptions caller_;
};

}  // namespace

std::unique_ptr<Command> MakeProvisionTableCommand() { return std::make_unique<ProvisionTableCommand>(); }

}  // namespace signpost::cli
