#include "cli/local_options.h"

#include <charconv>

#include <fmt/format.h>

#include "job/job_request.h"

namespace signpost::cli {

void CallerOptions::Define(CLI::App* app) {
  constexpr char kGroup[] = "Connection";
  app->add_option("--region", options_.region, "Region of the function or the queue")->type_name("NAME")->group(kGroup);
  app->add_option("--profile", options_.profile, "Profile of ~/.aws/config and ~/.aws/credentials")
      ->type_name("NAME")
      ->group(kGroup);
  app->add_option("--ca-bundle", options_.ca_bundle, "PEM file of the certificate authorities to trust")
      ->type_name("FILE")
      ->group(kGroup);
}

Result<int> ParseNumber(const std::string& text, int least, int most) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a whole number from {} to {}", text, least, most));
}

Result<std::chrono::seconds> ParseFunctionTimeout(const std::string& text) {
  constexpr std::chrono::minutes kLongest{15};
  const auto timeout = job::ParseExpiresIn(text);
  if (timeout && *timeout <= kLongest) return *timeout;
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not a whole number of seconds from 1 to 900 (also 15m)", text));
}

std::string WithoutTrailingSlash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace signpost::cli
