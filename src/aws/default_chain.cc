#include "aws/default_chain.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "aws/container_provider.h"
#include "aws/imds_provider.h"
#include "aws/process_provider.h"
#include "aws/role_providers.h"
#include "aws/sso_provider.h"
#include "aws/static_provider.h"
#include "base/time_format.h"

namespace signpost::aws {
namespace {

using ProviderPtr = std::unique_ptr<CredentialsProvider>;

constexpr char kDefaultSessionName[] = "signpost";

std::unexpected<Error> Incomplete(std::string_view where, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: {}", where, why));
}

/// The last of the chain: says what else was looked at when it has nothing either.
class LastResort final : public CredentialsProvider {
 public:
  LastResort(const ProviderContext& context, std::string profile) : imds_(context), profile_(std::move(profile)) {}

  Result<Credentials> Fetch(const CallContext& context) override {
    auto credentials = imds_.Fetch(context);
    if (credentials || credentials.error().code == ErrorCode::kCancelled) return credentials;
    return Fail(
        ErrorCode::kUnauthenticated,
        fmt::format("no credentials: not in the environment, not in profile '{}', no web identity, no container "
                    "endpoint, and {}",
                    profile_, credentials.error().ToString()));
  }
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return imds_.Describe(); }

 private:
  ImdsProvider imds_;
  const std::string profile_;
};

Result<ProviderPtr> FromEnvironment(const Environment& environment) {
  Credentials credentials;
  credentials.access_key_id = environment.Get("AWS_ACCESS_KEY_ID").value_or("");
  credentials.secret_access_key = SecretString(environment.Get("AWS_SECRET_ACCESS_KEY").value_or(""));
  credentials.session_token = SecretString(environment.Get("AWS_SESSION_TOKEN").value_or(""));
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Incomplete("environment", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together");
  }
  if (const auto expiration = environment.Get("AWS_CREDENTIAL_EXPIRATION")) {
    const auto time = ParseRfc3339(*expiration);
    if (!time) return Incomplete("AWS_CREDENTIAL_EXPIRATION", time.error().message);
    credentials.expires_at = *time;
  }
  return std::make_unique<StaticProvider>(std::move(credentials), "environment variables");
}

/// Resolves profiles, each of which may take its credentials from another.
class ProfileResolver {
 public:
  explicit ProfileResolver(const ProviderContext& world) : world_(world) {}

  /// The provider of profile `name`; null when the profile says nothing about credentials.
  Result<ProviderPtr> Resolve(const std::string& name) {
    const Section* profile = world_.settings->files.Profile(name);
    if (profile == nullptr) return ProviderPtr();
    const std::string where = fmt::format("profile '{}'", name);
    if (std::ranges::find(visited_, name) != visited_.end())
      return Incomplete(where, "source_profile goes in a circle");
    visited_.push_back(name);
    if (Get(*profile, "role_arn")) return FromRole(name, where, *profile);
    if (Get(*profile, "sso_session") || Get(*profile, "sso_start_url"))
      return SsoProvider::Create(world_, name, *profile);
    if (Get(*profile, "aws_access_key_id")) return FromKeys(where, *profile);
    if (const auto command = Get(*profile, "credential_process")) {
      return std::make_unique<ProcessProvider>(*command, name);
    }
    return ProviderPtr();
  }

 private:
  static Result<ProviderPtr> FromKeys(const std::string& where, const Section& profile) {
    Credentials credentials;
    credentials.access_key_id = Get(profile, "aws_access_key_id").value_or("");
    credentials.secret_access_key = SecretString(Get(profile, "aws_secret_access_key").value_or(""));
    credentials.session_token = SecretString(Get(profile, "aws_session_token").value_or(""));
    if (credentials.secret_access_key.empty()) return Incomplete(where, "aws_secret_access_key is missing");
    return std::make_unique<StaticProvider>(std::move(credentials), where);
  }

  Result<ProviderPtr> FromRole(const std::string& name, const std::string& where, const Section& profile) {
    auto request = RoleRequest(where, profile);
    if (!request) return Forward(request);
    if (const auto token_file = Get(profile, "web_identity_token_file")) {
      return std::make_unique<WebIdentityProvider>(world_, *token_file, std::move(*request));
    }
    if (Get(profile, "mfa_serial")) {
      return Incomplete(where,
                        "mfa_serial needs a code typed in, which is not supported; use a session from "
                        "'aws sts get-session-token' or credential_process");
    }
    auto source = SourceOf(name, where, profile);
    if (!source) return source;
    return std::make_unique<AssumeRoleProvider>(world_, std::move(*source), std::move(*request));
  }

  Result<ProviderPtr> SourceOf(const std::string& name, const std::string& where, const Section& profile) {
    const auto source_profile = Get(profile, "source_profile");
    const auto credential_source = Get(profile, "credential_source");
    if (source_profile.has_value() == credential_source.has_value()) {
      return Incomplete(where, "role_arn needs either source_profile or credential_source");
    }
    if (credential_source) return FromCredentialSource(where, *credential_source);
    if (*source_profile == name) return FromKeys(where, profile);
    const Section* section = world_.settings->files.Profile(*source_profile);
    if (section == nullptr) {
      return Incomplete(where, fmt::format("source_profile '{}' does not exist", *source_profile));
    }
    // As a source, a profile's own keys go before its role.
    if (Get(*section, "aws_access_key_id")) return FromKeys(fmt::format("profile '{}'", *source_profile), *section);
    auto source = Resolve(*source_profile);
    if (source && !*source)
      return Incomplete(where, fmt::format("source_profile '{}' has no credentials", *source_profile));
    return source;
  }

  Result<ProviderPtr> FromCredentialSource(const std::string& where, std::string_view source) {
    if (source == "Environment") return FromEnvironment(*world_.environment);
    if (source == "Ec2InstanceMetadata") return std::make_unique<ImdsProvider>(world_);
    if (source == "EcsContainer") {
      if (!ContainerProvider::IsConfigured(*world_.environment)) {
        return Incomplete(where, "credential_source is EcsContainer, but the environment names no container endpoint");
      }
      return ContainerProvider::Create(world_);
    }
    return Incomplete(where, "credential_source is none of Environment, Ec2InstanceMetadata, EcsContainer");
  }

  static Result<AssumeRoleRequest> RoleRequest(const std::string& where, const Section& profile) {
    AssumeRoleRequest request{.role_arn = *Get(profile, "role_arn"),
                              .session_name = Get(profile, "role_session_name").value_or(kDefaultSessionName),
                              .external_id = Get(profile, "external_id"),
                              .duration = std::nullopt};
    if (const auto text = Get(profile, "duration_seconds")) {
      int seconds = 0;
      const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
      if (error != std::errc() || end != text->data() + text->size() || seconds < 900 || seconds > 43'200) {
        return Incomplete(where, fmt::format("duration_seconds '{}' is not a whole number from 900 to 43200", *text));
      }
      request.duration = std::chrono::seconds(seconds);
    }
    return request;
  }

  const ProviderContext& world_;
  std::vector<std::string> visited_;
};

Result<ProviderPtr> FromWebIdentity(const ProviderContext& context, const std::string& token_file) {
  const auto role = context.environment->Get("AWS_ROLE_ARN");
  if (!role) return Incomplete("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN is not set");
  AssumeRoleRequest request{
      .role_arn = *role,
      .session_name = context.environment->Get("AWS_ROLE_SESSION_NAME").value_or(kDefaultSessionName),
      .external_id = std::nullopt,
      .duration = std::nullopt};
  return std::make_unique<WebIdentityProvider>(context, token_file, std::move(request));
}

}  // namespace

Result<std::unique_ptr<CredentialsProvider>> MakeDefaultChain(const ProviderContext& context) {
  const Environment& environment = *context.environment;
  const Settings& settings = *context.settings;
  const bool environment_keys = environment.Get("AWS_ACCESS_KEY_ID") || environment.Get("AWS_SECRET_ACCESS_KEY");
  if (environment_keys && !settings.profile_is_chosen) return FromEnvironment(environment);
  const auto token_file = environment.Get("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (token_file && !settings.profile_is_chosen) return FromWebIdentity(context, *token_file);
  auto profile = ProfileResolver(context).Resolve(settings.profile);
  if (!profile || *profile) return profile;
  if (settings.profile_is_chosen) {
    return Fail(ErrorCode::kUnauthenticated, fmt::format("profile '{}' has no credentials", settings.profile));
  }
  if (ContainerProvider::IsConfigured(environment)) return ContainerProvider::Create(context);
  if (EqualsIgnoringCase(environment.Get("AWS_EC2_METADATA_DISABLED").value_or(""), "true")) {
    return Fail(
        ErrorCode::kUnauthenticated,
        fmt::format("no credentials: not in the environment, not in profile '{}', no web identity, no container "
                    "endpoint, and the instance metadata service is switched off",
                    settings.profile));
  }
  return std::make_unique<LastResort>(context, settings.profile);
}

}  // namespace signpost::aws
