#include <algorithm>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/connection.h"
#include "cli/local_options.h"
#include "cli/report.h"
#include "local/sqs_queue.h"
#include "provision/doctor.h"

namespace signpost::cli {
namespace {

constexpr char kDoctorExamples[] =
    "Looks, with your credentials and without changing anything, at what a deployment needs: credentials, the clock, "
    "regions, "
    "permission to list, read, write and abort, the lifecycle of the manifests, the table, the queue, and the "
    "function's "
    "variables (SIGNPOST_ALLOW and its siblings) as they are set here. A line for each: ok, warn or fail, and what to "
    "do.\n"
    "Exit status 0: no check failed; 1: one did; 2: bad usage.\n"
    "Examples:\n"
    "  signpost doctor s3://data/2026/ --output s3://handover/manifests/\n"
    "  signpost doctor s3://data/2026/ --idempotency dynamodb://signpost-jobs --queue \"$QUEUE_URL\" --json\n"
    "  SIGNPOST_ALLOW='s3://data/2026/' signpost doctor s3://data/2026/\n";

/// What a server or a key says, as a part of one line.
std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return line;
}

class DoctorCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("doctor", "Check what a deployment needs, without changing anything");
    command->footer(kDoctorExamples);
    command->add_option("SOURCE", source_, "s3://BUCKET[/PREFIX] that would be listed");
    command
        ->add_option("--output", output_,
                     "Where manifests would go: s3://BUCKET/PREFIX/ or s3://BUCKET/KEY; default SIGNPOST_OUTPUT, else "
                     "manifests/ of the source's bucket")
        ->type_name("TARGET");
    command
        ->add_option("--idempotency", store_,
                     "Where it would be kept which jobs are done; default SIGNPOST_IDEMPOTENCY, else nowhere")
        ->type_name("STORE");
    command->add_option("--queue", queue_url_, "Queue of jobs to look at")->type_name("QUEUE_URL");
    command
        ->add_option("--function-timeout", timeout_,
                     "Time-out of the function that takes the queue's messages, 1s to 15m")
        ->type_name("D")
        ->capture_default_str();
    command->add_flag("--json", json_, "Print one JSON object");
    connection_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    Problems problems;
    provision::DoctorOrder order = Read(world, &problems);
    auto connection = OpenConnection(world, connection_, &problems);
    if (!problems.empty()) return ReportUsage(world, problems.text());
    std::vector<provision::Finding> findings;
    if (connection) {
      if (queue_url_) order.queue_service = SqsOf(connection->get());
      const provision::DoctorWorld doctor{
          .connection = connection->get(), .clock = world.clock, .sleeper = world.sleeper, .random = world.random};
      findings = provision::Examine(order, doctor, {.stop = world.stop, .deadline = std::nullopt});
    } else if (connection.error().code == ErrorCode::kUnauthenticated) {
      findings = provision::ExamineWithoutCredentials(order, connection.error());
    } else {
      return ReportSetUpFailure(world, connection.error());
    }
    if (world.stop.stop_requested())
      return ReportFailure(world, {.code = ErrorCode::kCancelled, .message = "cancelled"});
    return Answer(world, findings);
  }

 private:
  int Answer(const World& world, const std::vector<provision::Finding>& findings) const {
    const bool good = std::ranges::none_of(
        findings, [](const provision::Finding& each) { return each.verdict == provision::Verdict::kFail; });
    if (json_) {
      PrintJson(world, findings, good);
    } else {
      for (const provision::Finding& finding : findings) PrintLine(world, finding);
    }
    return good ? kSuccess : kFailed;
  }

  provision::DoctorOrder Read(const World& world, Problems* problems) const {
    provision::DoctorOrder order{.environment = world.environment};
    if (source_) order.source = problems->TakeOptional("SOURCE", S3Uri::Parse(*source_));
    if (output_) order.output = problems->TakeOptional("--output", S3Uri::Parse(*output_));
    if (store_) order.store = problems->Take("--idempotency", idempotency::ParseStoreAddress(*store_));
    if (queue_url_) problems->TakeOptional("--queue", local::EndpointOfQueue(*queue_url_, {}));
    order.queue_url = queue_url_;
    order.function_timeout = problems->Take("--function-timeout", ParseFunctionTimeout(timeout_));
    return order;
  }

  /// The queue's URL names the server, unless the settings name another one.
  aws::JsonService SqsOf(s3::Connection* connection) const {
    aws::JsonService service = provision::SqsOf(connection);
    if (auto endpoint = local::EndpointOfQueue(*queue_url_, service.region)) {
      if (!connection->settings().sqs_endpoint_url) service.url = std::move(endpoint->url);
      service.region = std::move(endpoint->region);
    }
    return service;
  }

  static void PrintLine(const World& world, const provision::Finding& finding) {
    *world.out << fmt::format("{:<4} {:<11} {}", Name(finding.verdict), finding.check, OneLine(finding.what));
    if (!finding.advice.empty()) *world.out << ": " << OneLine(finding.advice);
    *world.out << '\n';
  }

  static void PrintJson(const World& world, const std::vector<provision::Finding>& findings, bool good) {
    nlohmann::ordered_json json{{"ok", good}, {"checks", nlohmann::ordered_json::array()}};
    for (const provision::Finding& finding : findings) {
      nlohmann::ordered_json check{
          {"check", finding.check}, {"verdict", Name(finding.verdict)}, {"what", finding.what}};
      if (!finding.advice.empty()) check["advice"] = finding.advice;
      json["checks"].push_back(std::move(check));
    }
    *world.out << json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  }

  std::optional<std::string> source_;
  std::optional<std::string> output_;
  std::optional<std::string> store_;
  std::optional<std::string> queue_url_;
  std::string timeout_ = "15m";
  bool json_ = false;
  ConnectionOptions connection_;
};

}  // namespace

std::unique_ptr<Command> MakeDoctorCommand() { return std::make_unique<DoctorCommand>(); }

}  // namespace signpost::cli
