#include "cli/connection.h"

#include "aws/s3_endpoint.h"

namespace signpost::cli {

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

Result<std::unique_ptr<s3::Connection>> OpenConnection(const World& world, const ConnectionOptions& options,
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
    if (Status valid = s3::CheckBucketOwner(*options.expected_bucket_owner); !valid) {
      problems->Add("--expected-bucket-owner", valid.error().message);
    }
  }
  if (!problems->empty()) return Fail(ErrorCode::kInvalidArgument, problems->text());

  auto settings = aws::LoadSettings(world.environment, overrides);
  if (!settings) return Forward(settings);
  auto transport = world.make_transport({.ca_bundle = options.ca_bundle ? options.ca_bundle : settings->ca_bundle});
  if (!transport) return Forward(transport);
  return s3::Connection::Make({.environment = world.environment,
                               .settings = std::move(*settings),
                               .transport = std::move(*transport),
                               .request_payer = options.request_payer,
                               .expected_bucket_owner = options.expected_bucket_owner,
                               .clock = world.clock,
                               .sleeper = world.sleeper,
                               .random = world.random});
}

}  // namespace signpost::cli
