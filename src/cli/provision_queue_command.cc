#include <ostream>

#include "cli/local_options.h"
#include "cli/provision_commands.h"
#include "cli/report.h"
#include "job/job_request.h"
#include "provision/queue.h"
#include "provision/services.h"

namespace signpost::cli {
namespace {

constexpr char kProvisionQueueExamples[] =
    "Makes the queue NAME and its dead-letter queue NAME-dlq, or changes what is there and not enough: a message stays "
    "hidden for six of the function's time-outs, goes to the dead-letter queue after five receives, and is kept there "
    "longer. "
    "Run twice it changes nothing.\n"
    "Exit status 0: the queues are there, or would be with --dry-run; 1: refused, or not done; 2: bad usage.\n"
    "Examples:\n"
    "  signpost provision queue signpost-jobs --dry-run\n"
    "  signpost provision queue signpost-jobs --function-timeout 5m --region eu-central-1\n";

class ProvisionQueueCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("queue", "Create the SQS queue of jobs and its dead-letter queue");
    command->footer(kProvisionQueueExamples);
    command->add_option("NAME", goal_.name, "The queue's name; with .fifo a FIFO queue")->required();
    command->add_option("--function-timeout", timeout_, "Time-out of the function that takes the messages, 1s to 15m")
        ->type_name("D")
        ->capture_default_str();
    command->add_flag("--dry-run", dry_run_, "Show what would change, and change nothing");
    caller_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    Problems problems;
    if (Status valid = provision::CheckGoal(goal_); !valid) problems.Add("NAME", valid.error().message);
    goal_.function_timeout = problems.Take("--function-timeout", ParseFunctionTimeout(timeout_));
    auto connection = caller_.Open(world, &problems);
    if (!problems.empty()) return ReportUsage(world, problems.text());
    if (!connection) return ReportSetUpFailure(world, connection.error());
    const aws::JsonService service = provision::SqsOf(connection->get());
    const CallContext context{.stop = world.stop, .deadline = std::nullopt};
    auto plan = provision::PlanQueue(service, context, goal_);
    if (!plan) return ReportFailure(world, plan.error());
    if (!ShowChanges(world, plan->changes, dry_run_)) return kSuccess;
    if (Status applied = provision::ApplyQueue(service, context, *world.sleeper, *plan); !applied) {
      return ReportFailure(world, applied.error());
    }
    *world.out << "done, and read back the same\n";
    return kSuccess;
  }

 private:
  provision::QueueGoal goal_;
  std::string timeout_ = "15m";
  bool dry_run_ = false;
  CallerOptions caller_;
};

}  // namespace

std::unique_ptr<Command> MakeProvisionQueueCommand() { return std::make_unique<ProvisionQueueCommand>(); }

}  // namespace signpost::cli
