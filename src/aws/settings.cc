#include "aws/settings.h"

#include <fmt/format.h>

namespace signpost::aws {
namespace {

template <typename... More>
std::optional<std::string> FirstOf(std::optional<std::string> first, More... more) {
  if constexpr (sizeof...(more) == 0) {
    return first;
  } else {
    return first ? first : FirstOf(std::move(more)...);
  }
}

std::string ExpandHome(const std::string& path, const std::string& home) {
  return path.starts_with("~/") ? home + path.substr(1) : path;
}

std::string FilePath(const Environment& environment, const std::string& home, std::string_view variable,
                     std::string_view standard) {
  if (const auto path = environment.Get(variable)) return ExpandHome(*path, home);
  return home.empty() ? "" : fmt::format("{}/.aws/{}", home, standard);
}

/// AWS_ENDPOINT_URL_SERVICE, then AWS_ENDPOINT_URL, then the profile's `services` section, then its endpoint_url
/// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
std::optional<std::string> EndpointUrl(const Environment& environment, const ProfileFiles& files,
                                       const Section& profile, std::string_view variable, std::string_view service) {
  const auto ignore =
      FirstOf(environment.Get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), Get(profile, "ignore_configured_endpoint_urls"));
  if (ignore && EqualsIgnoringCase(*ignore, "true")) return std::nullopt;
  std::optional<std::string> of_service;
  if (const auto services = Get(profile, "services")) {
    if (const Section* section = files.Services(*services)) {
      of_service = Get(*section, fmt::format("{}.endpoint_url", service));
    }
  }
  return FirstOf(environment.Get(fmt::format("AWS_ENDPOINT_URL_{}", variable)), environment.Get("AWS_ENDPOINT_URL"),
                 of_service, Get(profile, "endpoint_url"));
}

}  // namespace

Result<AddressingStyle> ParseAddressingStyle(std::string_view text) {
  if (text == "auto") return AddressingStyle::kAuto;
  if (text == "path") return AddressingStyle::kPath;
  if (text == "virtual") return AddressingStyle::kVirtual;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not one of auto, path, virtual", text));
}

Result<Settings> LoadSettings(const Environment& environment, const Overrides& overrides) {
  Settings settings;
  settings.home = environment.Get("HOME").value_or("");
  auto files = ProfileFiles::Load(FilePath(environment, settings.home, "AWS_CONFIG_FILE", "config"),
                                  FilePath(environment, settings.home, "AWS_SHARED_CREDENTIALS_FILE", "credentials"));
  if (!files) return Forward(files);
  settings.files = std::move(*files);
  const auto named = FirstOf(overrides.profile, environment.Get("AWS_PROFILE"), environment.Get("AWS_DEFAULT_PROFILE"));
  settings.profile = named.value_or("default");
  settings.profile_is_chosen = overrides.profile.has_value();
  const Section* found = settings.files.Profile(settings.profile);
  if (found == nullptr && named) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the profile '{}' is in neither file of ~/.aws", *named));
  }
  const Section profile = found == nullptr ? Section{} : *found;

  settings.region = FirstOf(overrides.region, environment.Get("AWS_REGION"), environment.Get("AWS_DEFAULT_REGION"),
                            Get(profile, "region"));
  settings.s3.endpoint_url =
      FirstOf(overrides.endpoint_url, EndpointUrl(environment, settings.files, profile, "S3", "s3"));
  settings.sts_endpoint_url = EndpointUrl(environment, settings.files, profile, "STS", "sts");
  settings.dynamodb_endpoint_url = EndpointUrl(environment, settings.files, profile, "DYNAMODB", "dynamodb");
  settings.sqs_endpoint_url = EndpointUrl(environment, settings.files, profile, "SQS", "sqs");
  settings.lambda_endpoint_url = EndpointUrl(environment, settings.files, profile, "LAMBDA", "lambda");
  settings.sso_endpoint_url = EndpointUrl(environment, settings.files, profile, "SSO", "sso");
  settings.sso_oidc_endpoint_url = EndpointUrl(environment, settings.files, profile, "SSO_OIDC", "sso_oidc");
  settings.ca_bundle = FirstOf(environment.Get("AWS_CA_BUNDLE"), Get(profile, "ca_bundle"));
  if (settings.ca_bundle) settings.ca_bundle = ExpandHome(*settings.ca_bundle, settings.home);

  if (overrides.addressing_style) {
    settings.s3.addressing_style = *overrides.addressing_style;
  } else if (const auto style = Get(profile, "s3.addressing_style")) {
    auto parsed = ParseAddressingStyle(*style);
    if (!parsed) return std::unexpected(std::move(parsed.error()).Within("addressing_style"));
    settings.s3.addressing_style = *parsed;
  }
  return settings;
}

}  // namespace signpost::aws
