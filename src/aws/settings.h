#pragma once

#include <optional>
#include <string>

#include "aws/environment.h"
#include "aws/profile_files.h"
#include "aws/s3_endpoint.h"

namespace signpost::aws {

/// What the command line says; each beats the environment and the files.
struct Overrides {
  std::optional<std::string> profile;
  std::optional<std::string> region;
  std::optional<std::string> endpoint_url;
  std::optional<AddressingStyle> addressing_style;
};

/// The configuration of the AWS CLI, resolved
/// (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-envvars.html).
struct Settings {
  ProfileFiles files;
  std::string profile = "default";    ///< The name; the files may not have it when nobody asked for it.
  bool profile_is_chosen = false;     ///< By --profile: then it beats the environment's keys.
  std::optional<std::string> region;  ///< Empty when nobody says; S3 is then asked in us-east-1.
  S3EndpointConfig s3;
  std::optional<std::string> sts_endpoint_url;
  std::optional<std::string> dynamodb_endpoint_url;
  std::optional<std::string> sqs_endpoint_url;
  std::optional<std::string> lambda_endpoint_url;
  std::optional<std::string> sso_endpoint_url;
  std::optional<std::string> sso_oidc_endpoint_url;
  std::optional<std::string> ca_bundle;
  std::string home;  ///< The user's folder, for the SSO token cache; may be empty.

  Region S3Region() const { return {region.value_or("us-east-1")}; }
};

/// kInvalidArgument for malformed files, a chosen profile that neither file has, or an unknown addressing style.
Result<Settings> LoadSettings(const Environment& environment, const Overrides& overrides);

/// "auto", "path", "virtual".
Result<AddressingStyle> ParseAddressingStyle(std::string_view text);

}  // namespace signpost::aws
