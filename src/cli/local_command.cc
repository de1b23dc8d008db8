#include <mutex>
#include <ostream>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/local_options.h"
#include "cli/report.h"
#include "local/event_source.h"
#include "local/function_host.h"
#include "local/http_server.h"
#include "local/invoke_api.h"
#include "local/sqs_queue.h"

namespace signpost::cli {
namespace {

constexpr char kLocalExamples[] =
    "Runs a function of a custom runtime as Lambda would, for trying it out. The URL to invoke it at is printed once "
    "it "
    "can be used; what the function writes, and a line for each batch, goes to standard error. Ends on Ctrl-C.\n"
    "The function sees this environment, and credentials of the profile if there are any.\n"
    "Examples:\n"
    "  signpost local -- ./bootstrap\n"
    "  signpost local --timeout 15m --sqs https://sqs.eu-central-1.amazonaws.com/123456789012/jobs -- ./bootstrap\n"
    "  signpost local --misbehave next-500:2,no-deadline -- ./bootstrap\n"
    "  signpost invoke --endpoint-url http://127.0.0.1:9000 --event job.json\n";

constexpr int kLongestWindowSeconds = 300;
constexpr int kLargestBatch = 10'000;
constexpr int kLargestBatchWithoutWindow = 10;
constexpr int kLongestQueue = 1000;
constexpr std::size_t kSpareThreads = 8;

using Variables = std::map<std::string, std::string, std::less<>>;

/// What the options say.
struct Settings {
  int port = 0;
  std::chrono::seconds timeout{0};
  int queue = 0;
  local::FaultCounts faults;
  int batch_size = 0;
  int window = 0;
};

class LocalCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("local", "Run a Lambda function here, behind an emulator of Lambda");
    command->footer(kLocalExamples);
    command->add_option("COMMAND", command_, "After --: the function's program and its arguments")->required();
    command->add_option("--port", port_, "Port on 127.0.0.1 to invoke at; 0: any free one")
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--timeout", timeout_, "Longest time for an event, 1s to 15m; then the function is killed")
        ->type_name("D")
        ->capture_default_str();
    command->add_option("--queue", queue_, "Invocations that may wait for the one at work, 0 to 1000; more get 429")
        ->type_name("N")
        ->capture_default_str();
    command->add_option("--misbehave", misbehave_, "Faults for tests, each with how often: " + local::FaultNames())
        ->type_name("FAULT[:N],...");
    DefineSqs(command);
    caller_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    Problems problems;
    const Settings settings = Read(&problems);
    auto connection = caller_.Open(world, &problems);
    if (!problems.empty()) return ReportUsage(world, problems.text());
    // A function that needs no credentials runs without any.
    const bool has_credentials = connection || sqs_ || connection.error().code != ErrorCode::kUnauthenticated;
    if (!connection && has_credentials) return ReportSetUpFailure(world, connection.error());
    auto environment = FunctionEnvironment(world, connection ? connection->get() : nullptr, settings);
    if (!environment) return ReportFailure(world, environment.error());

    local::FunctionHost host(HostOptions(world, settings, std::move(*environment)), world.clock, world.random);
    auto server = local::HttpServer::Start(
        {.port = static_cast<std::uint16_t>(settings.port),
         .threads = static_cast<std::size_t>(settings.queue) + kSpareThreads,
         .most_body_bytes = local::kMostEventBytes},
        [&host](const local::ServedRequest& request) { return local::ServeInvoke(request, &host); });
    if (!server) return ReportFailure(world, server.error());
    *world.out << "http://" << (*server)->address() << '\n' << std::flush;

    const std::stop_callback stop_host(world.stop, [&host] { host.Stop(); });
    const int status = sqs_ ? Poll(world, **connection, settings, &host) : WaitForStop(world);
    host.Stop();
    return status;
  }

 private:
  void DefineSqs(CLI::App* command) {
    constexpr char kGroup[] = "Messages";
    command->add_option("--sqs", sqs_, "Queue whose messages the function gets, as by an event source mapping")
        ->type_name("QUEUE_URL")
        ->group(kGroup);
    command->add_option("--batch-size", batch_size_, "Most messages in one event, 1 to 10000")
        ->type_name("N")
        ->capture_default_str()
        ->group(kGroup);
    command->add_option("--batch-window", window_, "Seconds that a batch may wait for more messages, 0 to 300")
        ->type_name("N")
        ->capture_default_str()
        ->group(kGroup);
    command
        ->add_flag("--no-item-failures", no_item_failures_,
                   "As a mapping without ReportBatchItemFailures: any answer is a success of the whole batch")
        ->group(kGroup);
  }

  Settings Read(Problems* problems) const {
    Settings settings;
    settings.port = problems->Take("--port", ParseNumber(port_, 0, 65535));
    settings.timeout = problems->Take("--timeout", ParseFunctionTimeout(timeout_));
    settings.queue = problems->Take("--queue", ParseNumber(queue_, 0, kLongestQueue));
    if (misbehave_) settings.faults = problems->Take("--misbehave", local::ParseFaults(*misbehave_));
    settings.batch_size = problems->Take("--batch-size", ParseNumber(batch_size_, 1, kLargestBatch));
    settings.window = problems->Take("--batch-window", ParseNumber(window_, 0, kLongestWindowSeconds));
    if (settings.batch_size > kLargestBatchWithoutWindow && settings.window < 1) {
      problems->Add("--batch-size", "more than 10 messages need a --batch-window of 1 or more");
    }
    if (sqs_) problems->TakeOptional("--sqs", local::EndpointOfQueue(*sqs_, {}));
    return settings;
  }

  /// What Lambda sets (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html) over what is set here.
  Result<Variables> FunctionEnvironment(const World& world, s3::Connection* connection,
                                        const Settings& settings) const {
    Variables variables = world.environment.variables;
    const auto chosen = connection != nullptr ? connection->settings().region : caller_.region();
    const std::string region = chosen.value_or(world.environment.Get("AWS_REGION").value_or("us-east-1"));
    variables["AWS_REGION"] = region;
    variables["AWS_DEFAULT_REGION"] = region;
    variables["AWS_LAMBDA_FUNCTION_NAME"] = "function";
    variables["AWS_LAMBDA_FUNCTION_VERSION"] = "$LATEST";
    variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = "512";
    variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "on-demand";
    variables["AWS_LAMBDA_LOG_GROUP_NAME"] = "/aws/lambda/function";
    variables["AWS_LAMBDA_LOG_STREAM_NAME"] = "local";
    variables["AWS_LAMBDA_FUNCTION_TIMEOUT"] = std::to_string(settings.timeout.count());
    variables["_HANDLER"] = "bootstrap";
    variables["LAMBDA_TASK_ROOT"] = world.environment.Get("PWD").value_or("/");
    variables["TZ"] = ":UTC";
    if (connection == nullptr) return variables;
    auto credentials = connection->credentials().Get({.stop = world.stop, .deadline = std::nullopt});
    if (!credentials) return Forward(credentials);
    variables["AWS_ACCESS_KEY_ID"] = credentials->access_key_id;
    variables["AWS_SECRET_ACCESS_KEY"] = credentials->secret_access_key.Reveal();
    variables.erase("AWS_SESSION_TOKEN");
    if (!credentials->session_token.empty()) variables["AWS_SESSION_TOKEN"] = credentials->session_token.Reveal();
    return variables;
  }

  local::FunctionHost::Options HostOptions(const World& world, const Settings& settings, Variables environment) {
    std::string arn = fmt::format("arn:aws:lambda:{}:000000000000:function:function", environment["AWS_REGION"]);
    return {.process = {.command = command_, .environment = std::move(environment)},
            .function_arn = std::move(arn),
            .timeout = settings.timeout,
            .queue_limit = static_cast<std::size_t>(settings.queue),
            .log =
                [this, err = world.err](std::string_view text) {
                  const std::lock_guard lock(err_mutex_);
                  *err << text << std::flush;
                },
            .faults = settings.faults};
  }

  int Poll(const World& world, s3::Connection& connection, const Settings& settings, local::FunctionHost* host) {
    const aws::Settings& aws_settings = connection.settings();
    auto endpoint = local::EndpointOfQueue(*sqs_, {aws_settings.region.value_or("us-east-1")});
    if (!endpoint) return ReportSetUpFailure(world, endpoint.error());
    const std::string url = aws_settings.sqs_endpoint_url.value_or(endpoint->url);
    local::RemoteSqsQueue queue({.name = "sqs",
                                 .target = "AmazonSQS",
                                 .url = WithoutTrailingSlash(url),
                                 .region = endpoint->region,
                                 .transport = &connection.transport(),
                                 .retrier = &connection.retrier(),
                                 .credentials = &connection.credentials(),
                                 .clock = &connection.clock()},
                                *sqs_);
    local::EventSource source(
        {.batch_size = static_cast<std::size_t>(settings.batch_size),
         .window = std::chrono::seconds(settings.window),
         .report_batch_item_failures = !no_item_failures_,
         .function_timeout = settings.timeout,
         .log =
             [this, err = world.err](std::string_view line) {
               const std::lock_guard lock(err_mutex_);
               *err << "signpost: " << line << '\n' << std::flush;
             }},
        &queue,
        [host](std::string event) { return host->Invoke({.payload = std::move(event), .may_be_refused = false}); },
        &host->misbehaviour(), world.clock);
    const Status done = source.Run({.stop = world.stop, .deadline = std::nullopt});
    if (done) return kSuccess;
    const std::lock_guard lock(err_mutex_);
    return ReportFailure(world, done.error());
  }

  static int WaitForStop(const World& world) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, world.stop, [&world] { return world.stop.stop_requested(); });
    return kSuccess;
  }

  std::vector<std::string> command_;
  std::string port_ = "9000";
  std::string timeout_ = "30s";
  std::string queue_ = "64";
  std::string batch_size_ = "10";
  std::string window_ = "0";
  std::optional<std::string> misbehave_;
  std::optional<std::string> sqs_;
  bool no_item_failures_ = false;
  CallerOptions caller_;
  std::mutex err_mutex_;  ///< The function's output and our own lines share standard error.
};

}  // namespace

std::unique_ptr<Command> MakeLocalCommand() { return std::make_unique<LocalCommand>(); }

}  // namespace signpost::cli
