#include <ostream>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/connection.h"
#include "cli/progress_line.h"
#include "cli/report.h"
#include "cli/signing_options.h"
#include "idempotency/open_store.h"
#include "job/run_once.h"

namespace signpost::cli {
namespace {

constexpr char kCreateExamples[] =
    "Examples:\n"
    "  signpost create s3://data/2026/                        manifest under s3://data/manifests/, URL printed\n"
    "  signpost create s3://data/2026/ --expires-in 12h --json\n"
    "  signpost create s3://data/2026/ --output s3://handover/acme.ndjson.gz\n"
    "  signpost create s3://data/2026/ --output urls.txt --format urls\n"
    "  signpost create s3://data/2026/ --output - --format csv | head\n";

class CreateCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("create", "List a prefix, presign every object, write one manifest");
    command->footer(kCreateExamples);
    command->add_option("SOURCE", source_, "s3://BUCKET[/PREFIX], taken literally")->required();
    command
        ->add_option("--output", output_,
                     "s3://BUCKET/PREFIX/ (a random name is added), s3://BUCKET/KEY, a file, or -; "
                     "default s3://BUCKET/manifests/")
        ->type_name("TARGET");
    command->add_option("--format", format_, "ndjson, csv or urls")->type_name("FORMAT")->capture_default_str();
    command->add_option("--compress", compress_, "gzip or none; default gzip for S3 and *.gz files")
        ->type_name("METHOD");
    command->add_option("--concurrency", concurrency_, "Requests in flight, 1 to 1024")
        ->type_name("N")
        ->capture_default_str();
    command
        ->add_option("--lookahead", lookahead_, "Memory for finished pages that wait for earlier ones, 1MiB to 64GiB")
        ->type_name("SIZE")
        ->capture_default_str();
    command
        ->add_option("--listing", listing_,
                     "auto: in key order; serial: in the server's order, for servers that do not "
                     "list in byte order")
        ->type_name("MODE")
        ->capture_default_str();
    command
        ->add_option("--idempotency", idempotency_,
                     "Where it is kept which jobs are done or under way: dynamodb://TABLE, s3://BUCKET/PREFIX/ or "
                     "off; the same job is then not run twice")
        ->type_name("STORE")
        ->capture_default_str();
    command
        ->add_option("--lock-for", lock_for_,
                     "Life of the lock on a job under way, 1s to 7d; renewed while it runs, taken over after it ends")
        ->type_name("D")
        ->capture_default_str();
    command->add_flag("--json", json_, "Print the result object instead of the bare URL");
    command->add_flag("--quiet", quiet_, "No progress line and no warnings");
    command->add_flag("-v,--verbose", verbose_, "Say on standard error what was done");
    signing_.Define(command);
    connection_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    Problems problems;
    auto request = ReadRequest(&problems);
    if (request) {
      if (Status valid = job::Validate(*request); !valid) problems.Add("--output", valid.error().message);
    }
    const auto store = ReadStore(request, &problems);
    const auto lock_for = problems.Take("--lock-for", job::ParseExpiresIn(lock_for_));
    auto connection = OpenConnection(world, connection_, &problems);
    if (!problems.empty()) return ReportUsage(world, problems.text());
    if (!connection) return ReportSetUpFailure(world, connection.error());
    WarnOfUri(world, *request);

    job::Progress progress;
    const job::Services services{.client = &(*connection)->client(),
                                 .random = world.random,
                                 .clock = world.clock,
                                 .standard_output = world.out_descriptor,
                                 .progress = &progress};
    auto result = [&] {
      const ProgressLine line(world, progress, quiet_);
      return RunJob(world, connection->get(), store, lock_for, *request, services);
    }();
    if (!result) return ReportFailure(world, result.error());
    return Answer(world, *request, *result);
  }

 private:
  std::optional<job::JobRequest> ReadRequest(Problems* problems) const {
    auto source = problems->TakeOptional("SOURCE", S3Uri::Parse(source_));
    const std::string default_output = source ? fmt::format("s3://{}/manifests/", source->bucket.name()) : "-";
    auto output = problems->TakeOptional("--output", job::ParseOutput(output_.value_or(default_output)));
    if (json_ && output && std::holds_alternative<job::StandardOutputTarget>(*output) && output_) {
      problems->Add("--json", "standard output already takes the manifest (--output -)");
    }
    const auto format = problems->Take("--format", manifest::ParseFormat(format_));
    std::optional<manifest::Compression> compression;
    if (compress_) compression = problems->TakeOptional("--compress", manifest::ParseCompression(*compress_));
    const int concurrency = problems->Take("--concurrency", job::ParseConcurrency(concurrency_));
    const std::size_t lookahead = problems->Take("--lookahead", job::ParseLookahead(lookahead_));
    const auto order = problems->Take("--listing", job::ParseListing(listing_));
    auto urls = signing_.Read(connection_.request_payer, problems);
    if (!problems->empty()) return std::nullopt;
    return job::JobRequest{.bucket = std::move(source->bucket),
                           .prefix = std::move(source->key),
                           .output = std::move(*output),
                           .urls = std::move(urls),
                           .concurrency = concurrency,
                           .format = format,
                           .compression = compression,
                           .lookahead_bytes = lookahead,
                           .order = order};
  }

  idempotency::StoreAddress ReadStore(const std::optional<job::JobRequest>& request, Problems* problems) const {
    auto address = problems->Take("--idempotency", idempotency::ParseStoreAddress(idempotency_));
    if (!request) return address;
    if (Status valid = job::CheckStore(*request, address); !valid) {
      problems->Add("--idempotency", valid.error().message);
    }
    return address;
  }

  static Result<job::JobResult> RunJob(const World& world, s3::Connection* connection,
                                       const idempotency::StoreAddress& address, std::chrono::seconds lock_for,
                                       const job::JobRequest& request, const job::Services& services) {
    const CallContext context{.stop = world.stop, .deadline = std::nullopt};
    const auto store = OpenStore(address, connection, world.sleeper, world.random);
    if (!store) return job::RunJob(request, services, context);
    auto outcome =
        job::RunOnce(request, services,
                     {.store = store.get(), .sleeper = world.sleeper, .options = {.lock_for = lock_for}}, context);
    if (!outcome) return Forward(outcome);
    if (const auto* elsewhere = std::get_if<job::InProgress>(&*outcome)) {
      return std::unexpected(job::AsError(*elsewhere));
    }
    return std::get<job::JobResult>(std::move(*outcome));
  }

  /// A prefix that looks decoded wrongly is more often a slip than a key.
  void WarnOfUri(const World& world, const job::JobRequest& request) const {
    if (quiet_) return;
    const std::string& prefix = request.prefix;
    if (prefix.starts_with("s3://") || prefix.starts_with('/') || prefix.contains('%')) {
      *world.err << "signpost: note: the prefix is taken literally: '" << listing::Printable(prefix) << "'\n";
    }
  }

  int Answer(const World& world, const job::JobRequest& request, const job::JobResult& result) const {
    if (verbose_) {
      *world.err << fmt::format("signpost: {} objects, {} bytes of manifest, {} LIST calls, {} ms\n", result.count,
                                result.manifest_bytes, result.list_calls, result.elapsed.count());
      if (result.replayed) *world.err << "signpost: answered from the record of an earlier run\n";
    }
    if (std::holds_alternative<job::StandardOutputTarget>(request.output)) {
      // The manifest itself was the answer.
    } else if (json_) {
      *world.out << result.ToJson() << '\n';
    } else {
      *world.out << result.manifest_url.value_or(result.path.value_or("")) << '\n';
    }
    if (result.error_count == 0) return kSuccess;
    if (!quiet_ && !result.errors.empty()) {
      *world.err << fmt::format("signpost: {} of the objects cannot be served; the first: '{}' ({})\n",
                                result.error_count, listing::Printable(result.errors.front().key),
                                result.errors.front().code);
    }
    return kPublishedWithErrors;
  }

  std::string source_;
  std::optional<std::string> output_;
  std::string format_ = "ndjson";
  std::optional<std::string> compress_;
  std::string concurrency_ = "32";
  std::string lookahead_ = "64MiB";
  std::string listing_ = "auto";
  std::string idempotency_ = "off";
  std::string lock_for_ = "60s";
  bool json_ = false;
  bool quiet_ = false;
  bool verbose_ = false;
  SigningOptions signing_;
  ConnectionOptions connection_;
};

}  // namespace

std::unique_ptr<Command> MakeCreateCommand() { return std::make_unique<CreateCommand>(); }

}  // namespace signpost::cli
