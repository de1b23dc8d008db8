#include <fstream>
#include <istream>
#include <ostream>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/connection.h"
#include "cli/report.h"
#include "cli/signing_options.h"
#include "job/url_signer.h"
#include "s3/head_bucket.h"

namespace signpost::cli {
namespace {

constexpr char kPresignExamples[] =
    "The bucket's region and S3's time are asked for first, unless --region or an endpoint is given: then nothing is "
    "sent.\n"
    "Examples:\n"
    "  signpost presign s3://data/report.pdf --expires-in 7d\n"
    "  signpost presign s3://data --keys-from keys.txt > urls.txt\n"
    "  find . -type f -printf '%P\\0' | signpost presign s3://data --keys-from - -0\n";

class PresignCommand final : public Command {
 public:
  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("presign", "Print presigned URLs of single objects");
    command->footer(kPresignExamples);
    command
        ->add_option("OBJECT", source_, "s3://BUCKET/KEY; with --keys-from s3://BUCKET[/PREFIX], put before each key")
        ->required();
    command->add_option("--keys-from", keys_from_, "File of keys, one a line, or - for standard input")
        ->type_name("FILE");
    command->add_flag("-0,--null", null_separated_, "Keys end with a NUL byte instead of a line feed");
    signing_.Define(command);
    connection_.Define(command);
    return command;
  }

  int Run(const World& world) override {
    Problems problems;
    auto source = problems.TakeOptional("OBJECT", S3Uri::Parse(source_));
    const auto urls = signing_.Read(connection_.request_payer, &problems);
    if (source && source->key.empty() && !keys_from_) problems.Add("OBJECT", "the key is missing (s3://BUCKET/KEY)");
    if (null_separated_ && !keys_from_) problems.Add("-0", "only with --keys-from");
    std::ifstream file;
    std::istream* keys = world.in;
    if (keys_from_ && *keys_from_ != "-") {
      file.open(*keys_from_, std::ios::binary);
      if (!file) problems.Add("--keys-from", fmt::format("cannot read '{}'", *keys_from_));
      keys = &file;
    }
    auto connection = OpenConnection(world, connection_, &problems);
    if (!problems.empty()) return ReportUsage(world, problems.text());
    if (!connection) return ReportSetUpFailure(world, connection.error());
    auto presigner = MakePresigner((*connection)->client(), source->bucket, urls, world);
    if (!presigner) return ReportFailure(world, presigner.error());
    if (!keys_from_) {
      *world.out << presigner->GetUrl(source->key) << '\n';
      return kSuccess;
    }
    return PresignAll(world, *presigner, source->key, *keys);
  }

 private:
  Result<Presigner> MakePresigner(s3::Client& client, const Bucket& bucket, const job::UrlOptions& urls,
                                  const World& world) const {
    const CallContext context{.stop = world.stop, .deadline = std::nullopt};
    if (!connection_.region && !client.options().endpoint.endpoint_url) {
      Status asked = s3::HeadBucket(client, context, bucket);
      if (!asked) return Forward(asked);
    }
    auto signer = job::UrlSigner::Create(urls, &client, context);
    if (!signer) return Forward(signer);
    return signer->ForBucket(bucket, urls.signed_query);
  }

  int PresignAll(const World& world, const Presigner& presigner, const std::string& prefix, std::istream& keys) const {
    std::string key;
    std::string url;
    std::uint64_t number = 0;
    while (std::getline(keys, key, null_separated_ ? '\0' : '\n')) {
      ++number;
      if (world.stop.stop_requested()) {
        return ReportFailure(world, {.code = ErrorCode::kCancelled, .message = "interrupted"});
      }
      key.insert(0, prefix);
      if (key.empty() || key.size() > kMaxKeyBytes) {
        return ReportFailure(world, {.code = ErrorCode::kInvalidArgument,
                                     .message = fmt::format("--keys-from: key {} has {} bytes; a key has 1 to {}",
                                                            number, key.size(), kMaxKeyBytes)});
      }
      url.clear();
      presigner.AppendGetUrl(key, &url);
      url += '\n';
      if (!world.out->write(url.data(), static_cast<std::streamsize>(url.size()))) return kFailed;
    }
    if (keys.bad()) return ReportFailure(world, {.code = ErrorCode::kInternal, .message = "reading the keys failed"});
    return kSuccess;
  }

  std::string source_;
  std::optional<std::string> keys_from_;
  bool null_separated_ = false;
  SigningOptions signing_;
  ConnectionOptions connection_;
};

}  // namespace

std::unique_ptr<Command> MakePresignCommand() { return std::make_unique<PresignCommand>(); }

}  // namespace signpost::cli
