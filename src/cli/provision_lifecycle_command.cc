#include <istream>
#include <ostream>

#include <fmt/format.h>

#include "cli/connection.h"
#include "cli/local_options.h"
#include "cli/provision_commands.h"
#include "cli/report.h"
#include "provision/lifecycle.h"

namespace signpost::cli {
namespace {

constexpr char kProvisionLifecycleExamples[] =
    "Keeps every other rule of the bucket as it is. Run twice it changes nothing. A versioned bucket is asked about "
    "first, because its old versions below the prefix go as well.\n"
    "Exit status 0: the rules are there, or would be with --dry-run; 1: refused, or not written; 2: bad usage.\n"
    "Examples:\n"
    "  signpost provision lifecycle s3://data/manifests/ --dry-run\n"
    "  signpost provision lifecycle s3://data/manifests/ --days 8\n"
    "  signpost provision lifecycle s3://versioned-data/manifests/ --yes\n";

class ProvisionLifecycleCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand(
        "lifecycle", "Let manifests expire and incomplete uploads be aborted, by two rules in the bucket's lifecycle");
    command->footer(kProvisionLifecycleExamples);
    command->add_option("TARGET", target_, "s3://BUCKET/PREFIX/ that manifests are written to")->required();
    command->add_option("--days", days_, "Days after which a manifest expires, 1 to 36500")
        ->type_name("N")
        ->capture_default_str();
    command->add_flag("--dry-run", dry_run_, "Show what would change, and change nothing");
    command->add_flag("--yes", yes_, "Do not ask about a versioned bucket");
    connection_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    Problems problems;
    const auto target = problems.TakeOptional("TARGET", S3Uri::Parse(target_));
    const int days = problems.Take("--days", ParseNumber(days_, 1, provision::kLongestDays));
    if (target) {
      if (Status valid = provision::CheckGoal({.prefix = target->key}); !valid) {
        problems.Add("TARGET", valid.error().message);
      }
    }
    auto connection = OpenConnection(world, connection_, &problems);
    if (!problems.empty()) return ReportUsage(world, problems.text());
    if (!connection) return ReportSetUpFailure(world, connection.error());
    s3::Client& client = (*connection)->client();
    const CallContext context{.stop = world.stop, .deadline = std::nullopt};
    auto plan = provision::PlanLifecycle(client, context, target->bucket, target->key, days);
    if (!plan) return ReportFailure(world, plan.error());
    Show(world, *plan);
    if (plan->diff.empty() || dry_run_) return kSuccess;
    if (Status agreed = Ask(world, *plan); !agreed) return ReportFailure(world, agreed.error());
    if (Status applied = provision::ApplyLifecycle(client, context, *world.sleeper, *plan); !applied) {
      return ReportFailure(world, applied.error());
    }
    *world.out << "written, and read back the same\n";
    return kSuccess;
  }

 private:
  void Show(const World& world, const provision::LifecyclePlan& plan) const {
    *world.out << fmt::format("lifecycle of the bucket {}: {} other rule{} kept\n{}", plan.bucket.name(),
                              plan.other_rules, plan.other_rules == 1 ? "" : "s", plan.diff);
    if (plan.diff.empty()) *world.out << "nothing to change\n";
    if (!plan.diff.empty() && dry_run_) *world.out << "not written (--dry-run)\n";
  }

  /// Objects of a versioned bucket are usually kept for a reason.
  Status Ask(const World& world, const provision::LifecyclePlan& plan) const {
    if (plan.versioning == s3::Versioning::kNever || yes_) return {};
    const std::string question =
        fmt::format("the bucket {} is versioned: expired manifests below '{}' go with their old versions, a day later",
                    plan.bucket.name(), plan.goal.prefix);
    if (!world.in_is_terminal || !world.err_is_terminal) {
      return Fail(ErrorCode::kConflict, question + "; nobody can be asked here: say --yes");
    }
    world.out->flush();
    *world.err << question << ". Write it? [y/N] " << std::flush;
    std::string answer;
    std::getline(*world.in, answer);
    if (answer == "y" || answer == "Y" || answer == "yes") return {};
    return Fail(ErrorCode::kConflict, "not confirmed; nothing was written");
  }

  std::string target_;
  std::string days_ = "1";
  bool dry_run_ = false;
  bool yes_ = false;
  ConnectionOptions connection_;
};

}  // namespace

std::unique_ptr<Command> MakeProvisionLifecycleCommand() { return std::make_unique<ProvisionLifecycleCommand>(); }

}  // namespace signpost::cli
