#include "lambda/settings.h"

#include <charconv>

#include <fmt/format.h>

#include "aws/s3_endpoint.h"
#include "base/problems.h"

namespace signpost::lambda {
namespace {

std::unexpected<Error> Wrong(std::string message) { return Fail(ErrorCode::kInvalidArgument, std::move(message)); }

Result<std::uint64_t> ParseWhole(std::string_view text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
  return Wrong(fmt::format("'{}' is not a whole number from {} to {}", text, least, most));
}

Result<std::string> ParseRoleArn(std::string_view text) {
  if (text.starts_with("arn:") && text.contains(":iam::") && text.contains(":role/")) return std::string(text);
  return Wrong(fmt::format("'{}' is not the ARN of an IAM role", text));
}

/// SIGNPOST_IDEMPOTENCY; DEDUP_TABLE=T is the same as dynamodb://T.
Result<idempotency::StoreAddress> ReadStore(const aws::Environment& environment) {
  const auto address = environment.Get("SIGNPOST_IDEMPOTENCY");
  const auto table = environment.Get("DEDUP_TABLE");
  if (address) return idempotency::ParseStoreAddress(*address);
  if (table) return idempotency::ParseStoreAddress("dynamodb://" + *table);
  return idempotency::StoreAddress{};
}

/// Managed instances call /next several times at once; this function has one invocation at a time.
Status CheckConcurrency(const aws::Environment& environment) {
  const auto concurrency = environment.Get("AWS_LAMBDA_MAX_CONCURRENCY");
  if (!concurrency || *concurrency == "1") return {};
  return Wrong(fmt::format("'{}' is not supported: this function takes one invocation at a time", *concurrency));
}

class Reader {
 public:
  Reader(const aws::Environment& environment, Problems* problems) : environment_(environment), problems_(problems) {}

  /// Passes the value of `name`, if it is set, to `parse`, and its result to `take`.
  template <typename Parse, typename Take>
  void Read(std::string_view name, Parse parse, Take take) {
    const auto text = environment_.Get(name);
    if (!text) return;
    auto value = parse(*text);
    if (value) {
      take(std::move(*value));
    } else {
      problems_->Add(name, value.error().message);
    }
  }

  void Check(std::string_view name, Status status) {
    if (!status) problems_->Add(name, status.error().message);
  }

 private:
  const aws::Environment& environment_;
  Problems* const problems_;
};

}  // namespace

Result<FunctionSettings> ReadSettings(const aws::Environment& environment) {
  FunctionSettings settings;
  Problems problems;
  Reader reader(environment, &problems);
  reader.Read("SIGNPOST_ALLOW", AllowList::Parse, [&](AllowList list) { settings.allow = std::move(list); });
  reader.Read("SIGNPOST_OUTPUT", ParseRoot, [&](S3Uri root) { settings.output = std::move(root); });
  reader.Read("SIGNPOST_SIGNER_ROLE_ARN", ParseRoleArn,
              [&](std::string&& arn) { settings.signer_role_arn = std::move(arn); });
  reader.Read("SIGNPOST_MAX_EXPIRES_IN", job::ParseExpiresIn, [&](auto most) { settings.max_expires_in = most; });
  reader.Read("SIGNPOST_LOG_LEVEL", ParseLogLevel, [&](LogLevel level) { settings.log_level = level; });
  constexpr std::uint64_t kYear = 31'536'000;
  reader.Read(
      "SIGNPOST_DEDUP_TTL", [](std::string_view text) { return ParseWhole(text, 1, kYear); },
      [&](std::uint64_t ttl) { settings.dedup_ttl = std::chrono::seconds(ttl); });
  reader.Read(
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", [](std::string_view text) { return ParseWhole(text, 1, 1 << 20); },
      [&](std::uint64_t mebibytes) { settings.memory_bytes = std::size_t{mebibytes} << 20; });
  reader.Check("AWS_LAMBDA_MAX_CONCURRENCY", CheckConcurrency(environment));
  settings.idempotency = problems.Take("SIGNPOST_IDEMPOTENCY", ReadStore(environment));
  settings.function_name = environment.Get("AWS_LAMBDA_FUNCTION_NAME").value_or("signpost");
  settings.aws = problems.Take("AWS settings", aws::LoadSettings(environment, {}));
  if (settings.aws.region) reader.Check("AWS_REGION", aws::CheckRegion({*settings.aws.region}));
  if (settings.aws.s3.endpoint_url)
    reader.Check("AWS_ENDPOINT_URL_S3", aws::CheckEndpointUrl(*settings.aws.s3.endpoint_url));
  if (problems.empty()) return settings;
  return Wrong(problems.text());
}

}  // namespace signpost::lambda
