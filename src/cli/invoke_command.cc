#include <fstream>
#include <istream>
#include <iterator>
#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "aws/json_call.h"
#include "cli/command.h"
#include "cli/local_options.h"
#include "cli/report.h"
#include "local/invoke_client.h"

namespace signpost::cli {
namespace {

constexpr char kInvokeExamples[] =
    "The answer goes to standard output; the function's error and the end of its log to standard error.\n"
    "Exit status 0: the function answered; 1: it failed, or could not be invoked; 2: bad usage.\n"
    "Examples:\n"
    "  signpost invoke --function manifests --event '{\"bucket\":\"data\",\"prefix\":\"2026/\"}'\n"
    "  signpost invoke --function manifests --event job.json | jq -r .manifest_url\n"
    "  signpost invoke --endpoint-url http://127.0.0.1:9000 --event job.json      signpost local, or the official "
    "emulator\n";

bool IsJson(std::string_view text) { return nlohmann::json::accept(text); }

class InvokeCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("invoke", "Invoke a Lambda function, or an emulator, and wait");
    command->footer(kInvokeExamples);
    command->add_option("--event", event_, "JSON text, a file that holds it, or - for standard input")
        ->type_name("EVENT")
        ->required();
    command->add_option("--function", function_, "Name or ARN of the function, also with a qualifier (NAME:ALIAS)")
        ->type_name("NAME");
    command
        ->add_option("--endpoint-url", endpoint_url_,
                     "Emulator to ask, unsigned; with --function: the server to use in place of AWS's regional host")
        ->type_name("URL");
    command->add_flag("--no-log", no_log_, "Do not show the end of the function's log");
    caller_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    Problems problems;
    if (!function_ && !endpoint_url_) problems.Add("--function", "say which function, or --endpoint-url");
    if (function_ && function_->empty()) problems.Add("--function", "the name is empty");
    if (endpoint_url_) {
      if (Status valid = aws::CheckEndpointUrl(*endpoint_url_); !valid) {
        problems.Add("--endpoint-url", valid.error().message);
      }
    }
    const std::string event = problems.Take("--event", ReadEvent(world));
    if (!problems.empty()) return ReportUsage(world, problems.text());
    return function_ ? InvokeSigned(world, event) : InvokeEmulator(world, event);
  }

 private:
  Result<std::string> ReadEvent(const World& world) const {
    if (IsJson(event_)) return event_;
    std::ifstream file;
    std::istream* in = world.in;
    if (event_ != "-") {
      file.open(event_, std::ios::binary);
      in = &file;
    }
    std::string text{std::istreambuf_iterator<char>(*in), std::istreambuf_iterator<char>()};
    if (event_ != "-" && (!file.is_open() || file.bad())) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is neither JSON nor a file that can be read", event_));
    }
    if (IsJson(text)) return text;
    return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' does not hold JSON", event_));
  }

  int InvokeSigned(const World& world, const std::string& event) const {
    Problems problems;
    auto connection = caller_.Open(world, &problems);
    if (!problems.empty()) return ReportUsage(world, problems.text());
    if (!connection) return ReportSetUpFailure(world, connection.error());
    const aws::Settings& settings = (*connection)->settings();
    const Region region{settings.region.value_or("us-east-1")};
    const auto endpoint = endpoint_url_ ? endpoint_url_ : settings.lambda_endpoint_url;
    return Answer(world,
                  local::InvokeFunction({.url = WithoutTrailingSlash(aws::ServiceUrl(endpoint, "lambda", region)),
                                         .function_name = *function_,
                                         .region = region,
                                         .credentials = &(*connection)->credentials(),
                                         .transport = &(*connection)->transport(),
                                         .clock = &(*connection)->clock()},
                                        Context(world), event));
  }

  int InvokeEmulator(const World& world, const std::string& event) const {
    auto transport = world.make_transport({.ca_bundle = caller_.ca_bundle()});
    if (!transport) return ReportSetUpFailure(world, transport.error());
    return Answer(world, local::InvokeFunction({.url = WithoutTrailingSlash(*endpoint_url_),
                                                .region = {"us-east-1"},
                                                .transport = transport->get(),
                                                .clock = world.clock},
                                               Context(world), event));
  }

  static CallContext Context(const World& world) { return {.stop = world.stop, .deadline = std::nullopt}; }

  int Answer(const World& world, const Result<local::InvokeAnswer>& answer) const {
    if (!answer) return ReportFailure(world, answer.error());
    if (!no_log_) {
      *world.err << answer->log_tail;
      if (!answer->log_tail.empty() && !answer->log_tail.ends_with('\n')) *world.err << '\n';
    }
    *world.out << answer->payload;
    if (!answer->payload.ends_with('\n')) *world.out << '\n';
    if (!answer->function_error) return kSuccess;
    world.out->flush();
    return ReportFailure(world, {.code = ErrorCode::kInternal,
                                 .message = fmt::format("the function failed ({})", *answer->function_error)});
  }

  std::string event_;
  std::optional<std::string> function_;
  std::optional<std::string> endpoint_url_;
  bool no_log_ = false;
  CallerOptions caller_;
};

}  // namespace

std::unique_ptr<Command> MakeInvokeCommand() { return std::make_unique<InvokeCommand>(); }

}  // namespace signpost::cli
