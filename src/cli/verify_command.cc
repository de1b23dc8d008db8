#include <ostream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time_format.h"
#include "cli/command.h"
#include "cli/connection.h"
#include "cli/report.h"
#include "listing/page_checker.h"
#include "manifest/verifier.h"

namespace signpost::cli {
namespace {

constexpr char kVerifyExamples[] =
    "Exit status 0: every row is there and the URLs are still good; 1: not so, or it could not be read.\n"
    "Examples:\n"
    "  signpost verify manifest.ndjson.gz\n"
    "  signpost verify s3://data/manifests/0123456789abcdef0123456789abcdef.ndjson.gz --json\n"
    "  signpost verify \"$MANIFEST_URL\" --footer-only\n";

class VerifyCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command =
        app->add_subcommand("verify", "Tell whether a manifest is complete and how long it is still good for");
    command->footer(kVerifyExamples);
    command->add_option("MANIFEST", manifest_, "A file, s3://BUCKET/KEY or an http(s) URL")->required();
    command->add_flag("--footer-only", footer_only_, "Read the footer alone: fast, and trusts what lies before it");
    command->add_flag("--json", json_, "Print one JSON object");
    connection_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    const bool is_url = manifest_.starts_with("http://") || manifest_.starts_with("https://");
    const bool is_s3 = manifest_.starts_with("s3://");
    Problems problems;
    std::optional<S3Uri> uri;
    if (is_s3) {
      uri = problems.TakeOptional("MANIFEST", S3Uri::Parse(manifest_));
      if (uri && uri->key.empty()) problems.Add("MANIFEST", "the key is missing (s3://BUCKET/KEY)");
    }
    if (!problems.empty()) return ReportUsage(world, problems.text());
    if (is_s3) {
      auto connection = OpenConnection(world, connection_, &problems);
      if (!problems.empty()) return ReportUsage(world, problems.text());
      if (!connection) return ReportSetUpFailure(world, connection.error());
      return Check(world, manifest::OpenS3Object(Context(world), &(*connection)->client(), uri->bucket, uri->key));
    }
    if (!is_url) return Check(world, manifest::OpenFile(manifest_));
    auto transport = world.make_transport({.ca_bundle = connection_.ca_bundle});
    if (!transport) return ReportSetUpFailure(world, transport.error());
    http::RetryBudget budget;
    http::Retrier retrier({}, &budget, world.clock, world.sleeper, world.random);
    return Check(world, manifest::OpenUrl(Context(world), transport->get(), &retrier, manifest_));
  }

 private:
  static CallContext Context(const World& world) { return {.stop = world.stop, .deadline = std::nullopt}; }

  int Check(const World& world, Result<std::unique_ptr<manifest::ByteSource>> source) const {
    if (!source) return ReportFailure(world, source.error());
    auto report = manifest::Verify(**source, Context(world), {.footer_only = footer_only_});
    if (!report) return ReportFailure(world, report.error());
    const TimePoint now = world.clock->Now();
    const bool alive = report->footer && report->footer->expires_at > now;
    if (json_) {
      PrintJson(world, *report, now);
    } else {
      PrintText(world, *report, now);
    }
    return report->complete() && alive ? kSuccess : kFailed;
  }

  static std::chrono::seconds Left(const manifest::Footer& footer, TimePoint now) {
    return std::max(std::chrono::floor<std::chrono::seconds>(footer.expires_at - now), std::chrono::seconds(0));
  }

  void PrintText(const World& world, const manifest::VerifyReport& report, TimePoint now) const {
    std::ostream& out = *world.out;
    out << (report.complete() ? "complete" : "NOT complete") << '\n';
    for (const std::string& problem : report.problems) out << "problem: " << problem << '\n';
    if (!report.footer) return;
    const manifest::Footer& footer = *report.footer;
    out << fmt::format("source: s3://{}/{}\n", footer.bucket, listing::Printable(footer.prefix));
    out << fmt::format("format: {}, {}\n", Name(footer.format),
                       footer.in_key_order ? "in key order" : "in the server's order");
    out << fmt::format("rows: {} ({} with an error), {} bytes in objects\n", footer.rows, footer.error_rows,
                       footer.object_bytes);
    out << fmt::format("signed: {}\n", FormatRfc3339(footer.signed_at));
    const auto left = Left(footer, now);
    out << fmt::format("expires: {}{} ({})\n", footer.expires_at_is_upper_bound ? "at the latest " : "",
                       FormatRfc3339(footer.expires_at),
                       left.count() > 0 ? fmt::format("{} s left", left.count()) : "EXPIRED");
  }

  void PrintJson(const World& world, const manifest::VerifyReport& report, TimePoint now) const {
    nlohmann::ordered_json json;
    json["complete"] = report.complete();
    json["problems"] = report.problems;
    if (report.footer) {
      const manifest::Footer& footer = *report.footer;
      json["bucket"] = footer.bucket;
      json["prefix"] = footer.prefix;
      json["format"] = Name(footer.format);
      json["in_key_order"] = footer.in_key_order;
      json["count"] = footer.rows;
      json["error_count"] = footer.error_rows;
      json["object_bytes"] = footer.object_bytes;
      json["signed_at"] = FormatRfc3339(footer.signed_at);
      json["expires_at"] = FormatRfc3339(footer.expires_at);
      json["expires_at_is_upper_bound"] = footer.expires_at_is_upper_bound;
      json["seconds_left"] = Left(footer, now).count();
    }
    *world.out << json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  }

  std::string manifest_;
  bool footer_only_ = false;
  bool json_ = false;
  ConnectionOptions connection_;
};

}  // namespace

std::unique_ptr<Command> MakeVerifyCommand() { return std::make_unique<VerifyCommand>(); }

}  // namespace signpost::cli
