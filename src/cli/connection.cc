#include "cli/connection.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/default_chain.h"

namespace signpost::cli {
namespace {

Status CheckOwner(const std::string& owner) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (owner.size() == 12 && std::ranges::all_of(owner, digit)) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not an account id of 12 digits", owner));
}

}  // namespace

void ConnectionOptions::Define(CLI::App* app) {
  constexpr char kGroup[] = "Connection";
  app->add_option("--endpoint-url", endpoint_url, "S3 server to use in place of AWS's regional hosts")
      ->type_name("URL")
      ->group(kGroup);
  app->add_option("--region", region, "Region to ask first; S3 tells the bucket's own")
      ->type_name("NAME")
      ->group(kGroup);
  app->add_option("--profile", profile, "Profile of ~/.aws/config and ~/.aws/credentials")
      ->type_name("NAME")
      ->group(kGroup);
  app->add_option("--addressing-style", addressing_style, "How a bucket is addressed: auto, path or virtual")
      ->type_name("STYLE")
      ->group(kGroup);
  app->add_option("--ca-bundle", ca_bundle, "PEM file of the certificate authorities to trust")
      ->type_name("FILE")
      ->group(kGroup);
  app->add_flag("--request-payer", request_payer, "Pay for the requests to a requester-pays bucket; also in every URL")
      ->group(kGroup);
  app->add_option("--expected-bucket-owner", expected_bucket_owner, "Fail if a bucket belongs to another account")
      ->type_name("ID")
      ->group(kGroup);
}

Result<std::unique_ptr<Connection>> Connection::Open(const World& world, const ConnectionOptions& options,
                                                     Problems* problems) {
  aws::Overrides overrides{.profile = options.profile,
                           .region = options.region,
                           .endpoint_url = options.endpoint_url,
                           .addressing_style = std::nullopt};
  if (options.addressing_style) {
    overrides.addressing_style =
        problems->TakeOptional("--addressing-style", aws::ParseAddressingStyle(*options.addressing_style));
  }
  if (options.region) {
    if (Status valid = aws::CheckRegion({*options.region}); !valid) problems->Add("--region", valid.error().message);
  }
  if (options.endpoint_url) {
    if (Status valid = aws::CheckEndpointUrl(*options.endpoint_url); !valid) {
      problems->Add("--endpoint-url", valid.error().message);
    }
  }
  if (options.expected_bucket_owner) {
    if (Status valid = CheckOwner(*options.expected_bucket_owner); !valid) {
      problems->Add("--expected-bucket-owner", valid.error().message);
    }
  }
  if (!problems->empty()) return Fail(ErrorCode::kInvalidArgument, problems->text());

  auto connection = std::unique_ptr<Connection>(new Connection(world));
  connection->environment_ = world.environment;
  auto settings = aws::LoadSettings(connection->environment_, overrides);
  if (!settings) return Forward(settings);
  connection->settings_ = std::move(*settings);
  auto transport =
      world.make_transport({.ca_bundle = options.ca_bundle ? options.ca_bundle : connection->settings_.ca_bundle});
  if (!transport) return Forward(transport);
  connection->transport_ = std::move(*transport);
  auto provider = aws::MakeDefaultChain({.environment = &connection->environment_,
                                         .settings = &connection->settings_,
                                         .transport = connection->transport_.get(),
                                         .retrier = &connection->retrier_,
                                         .clock = &connection->clock_});
  if (!provider) return Forward(provider);
  connection->credentials_ = std::make_unique<aws::CredentialsCache>(std::move(*provider), &connection->clock_);
  connection->client_ = std::make_unique<s3::Client>(
      s3::ClientOptions{.region = connection->settings_.S3Region(),
                        .endpoint = connection->settings_.s3,
                        .request_payer = options.request_payer,
                        .expected_bucket_owner = options.expected_bucket_owner},
      connection->transport_.get(), connection->credentials_.get(), &connection->retrier_, &connection->clock_);
  return connection;
}

}  // namespace signpost::cli
