// Answers questions about the configuration, one JSON object a line in, one a line out:
//   {"environment": {...}, "profile"?, "bucket"?, "style"?}  ->  {"region", "profile", "s3", "sts", "url"} or {"error"}
//   {"command_line": "..."}                                 ->  {"words": [...]} or {"error"}

#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "aws/process_provider.h"
#include "aws/settings.h"

namespace {

namespace aws = signpost::aws;
using nlohmann::json;

json Refused(const signpost::Error& error) { return {{"error", error.ToString()}}; }

json OrNull(const std::optional<std::string>& text) { return text ? json(*text) : json(); }

json ShowWords(const std::string& line) {
  const auto words = aws::SplitCommandLine(line);
  if (!words) return Refused(words.error());
  return {{"words", *words}};
}

json ShowSettings(const json& question) {
  aws::Environment environment;
  for (const auto& [name, value] : question.at("environment").items()) environment.variables[name] = value;
  aws::Overrides overrides;
  if (question.contains("profile")) overrides.profile = question["profile"].get<std::string>();
  if (question.contains("style")) {
    const auto style = aws::ParseAddressingStyle(question["style"].get<std::string>());
    if (!style) return Refused(style.error());
    overrides.addressing_style = *style;
  }
  const auto settings = aws::LoadSettings(environment, overrides);
  if (!settings) return Refused(settings.error());
  json answer = {{"region", OrNull(settings->region)},
                 {"s3", OrNull(settings->s3.endpoint_url)},
                 {"sts", OrNull(settings->sts_endpoint_url)}};
  answer["profile"] = json::object();
  if (const aws::Section* section = settings->files.Profile(settings->profile)) answer["profile"] = *section;
  if (question.contains("bucket")) {
    const auto bucket = signpost::Bucket::Parse(question["bucket"].get<std::string>());
    if (!bucket) return Refused(bucket.error());
    const auto endpoint = aws::ResolveS3Endpoint(*bucket, settings->S3Region(), settings->s3);
    if (!endpoint) return Refused(endpoint.error());
    answer["url"] = endpoint->scheme + "://" + endpoint->host + endpoint->base_path + "/key";
  }
  return answer;
}

}  // namespace

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const json question = json::parse(line);
    const json answer = question.contains("command_line") ? ShowWords(question["command_line"].get<std::string>())
                                                          : ShowSettings(question);
    std::cout << answer.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
  }
}
