#include "aws/s3_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::aws {
namespace {

using ::testing::HasSubstr;

ObjectEndpoint Resolve(const std::string& bucket, const std::string& region, const S3EndpointConfig& config = {}) {
  const auto endpoint = ResolveS3Endpoint(*Bucket::Parse(bucket), {region}, config);
  EXPECT_TRUE(endpoint) << endpoint.error().ToString();
  return endpoint.value_or(ObjectEndpoint{});
}

// tests/conformance/test_config_oracle.py compares the same regions with botocore's rule set.
TEST(S3Endpoint, IsTheRegionsOwnHostInEachPartition) {
  const std::pair<std::string, std::string> hosts[] = {
      {"us-east-1", "abc.s3.us-east-1.amazonaws.com"},
      {"eu-central-1", "abc.s3.eu-central-1.amazonaws.com"},
      {"us-gov-west-1", "abc.s3.us-gov-west-1.amazonaws.com"},
      {"cn-north-1", "abc.s3.cn-north-1.amazonaws.com.cn"},
      {"us-iso-east-1", "abc.s3.us-iso-east-1.c2s.ic.gov"},
      {"us-isob-east-1", "abc.s3.us-isob-east-1.sc2s.sgov.gov"},
      {"us-isof-south-1", "abc.s3.us-isof-south-1.csp.hci.ic.gov"},
      {"eu-isoe-west-1", "abc.s3.eu-isoe-west-1.cloud.adc-e.uk"},
      {"eusc-de-east-1", "abc.s3.eusc-de-east-1.amazonaws.eu"},
  };
  for (const auto& [region, host] : hosts) EXPECT_EQ(Resolve("abc", region), (ObjectEndpoint{"https", host, ""}));
}

TEST(S3Endpoint, AddressesADottedBucketByPath) {
  EXPECT_EQ(Resolve("a.b", "eu-west-1"), (ObjectEndpoint{"https", "s3.eu-west-1.amazonaws.com", "/a.b"}));
}

TEST(S3Endpoint, AddressesByPathAtACustomEndpoint) {
  EXPECT_EQ(Resolve("abc", "r", {.endpoint_url = "http://127.0.0.1:9000/"}),
            (ObjectEndpoint{"http", "127.0.0.1:9000", "/abc"}));
  EXPECT_EQ(Resolve("abc", "r", {.endpoint_url = "https://host:443/base"}),
            (ObjectEndpoint{"https", "host", "/base/abc"}));
}

TEST(S3Endpoint, ObeysTheAddressingStyle) {
  EXPECT_EQ(Resolve("abc", "eu-west-1", {.endpoint_url = {}, .addressing_style = AddressingStyle::kPath}),
            (ObjectEndpoint{"https", "s3.eu-west-1.amazonaws.com", "/abc"}));
  EXPECT_EQ(Resolve("abc", "r", {.endpoint_url = "http://h:1", .addressing_style = AddressingStyle::kVirtual}),
            (ObjectEndpoint{"http", "abc.h:1", ""}));
}

TEST(S3Endpoint, IsTheAccessPointsHostForItsArn) {
  EXPECT_EQ(Resolve("arn:aws:s3:eu-west-1:123456789012:accesspoint/reports", "eu-west-1"),
            (ObjectEndpoint{"https", "reports-123456789012.s3-accesspoint.eu-west-1.amazonaws.com", ""}));
}

TEST(S3Endpoint, RefusesAnAccessPointElsewhereOrAtACustomEndpoint) {
  const Bucket arn = *Bucket::Parse("arn:aws:s3:eu-west-1:123456789012:accesspoint/reports");
  const auto elsewhere = ResolveS3Endpoint(arn, {"us-east-1"}, {});
  ASSERT_FALSE(elsewhere);
  EXPECT_THAT(elsewhere.error().message, HasSubstr("--region eu-west-1"));
  EXPECT_FALSE(ResolveS3Endpoint(arn, {"eu-west-1"}, {.endpoint_url = "http://h"}));
  EXPECT_FALSE(ResolveS3Endpoint(arn, {"eu-west-1"}, {.endpoint_url = {}, .addressing_style = AddressingStyle::kPath}));
}

TEST(S3Endpoint, RefusesRegionsThatCouldChangeTheHost) {
  for (const std::string region : {"", "a.b", "evil/", "a@b", "EU-WEST-1", "a\r\nb"}) {
    EXPECT_FALSE(CheckRegion({region})) << region;
  }
  EXPECT_FALSE(CheckRegion({std::string(64, 'a')}));
}

TEST(S3Endpoint, RefusesUrlsThatAreNoEndpoint) {
  for (const std::string url : {"", "host", "ftp://h", "http://", "http://:80", "http://u:p@h", "http://h?x",
                                "http://h#x", "http://h h", "http://h\r\n"}) {
    const Status checked = CheckEndpointUrl(url);
    ASSERT_FALSE(checked) << url;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(CheckEndpointUrl("http://[::1]:9000/base"));
}

}  // namespace
}  // namespace signpost::aws
