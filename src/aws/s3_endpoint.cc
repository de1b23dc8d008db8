#include "aws/s3_endpoint.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "aws/partition.h"

namespace signpost::aws {
namespace {

std::vector<std::string_view> Split(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < most) {
    const std::size_t end = text.find(separator);
    if (end == std::string_view::npos) break;
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  parts.push_back(text);
  return parts;
}

/// `arn:PARTITION:s3:REGION:ACCOUNT:accesspoint/NAME` (or `accesspoint:NAME`); validated by Bucket::Parse().
Result<ObjectEndpoint> ResolveAccessPoint(const Bucket& bucket, const Region& region, const S3EndpointConfig& config) {
  const auto parts = Split(bucket.name(), ':', 6);
  const std::string_view arn_region = parts[3];
  const std::string_view name = parts[5].substr(std::string_view("accesspoint/").size());
  if (config.endpoint_url) {
    return Fail(ErrorCode::kInvalidArgument, "an access point ARN cannot be used with a custom endpoint");
  }
  if (config.addressing_style == AddressingStyle::kPath) {
    return Fail(ErrorCode::kInvalidArgument, "an access point cannot be addressed by path");
  }
  if (arn_region != region.name) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("the access point is in {}, not in {}: give --region {}",
                                                         arn_region, region.name, arn_region));
  }
  return ObjectEndpoint{
      .scheme = "https",
      .host = fmt::format("{}-{}.s3-accesspoint.{}.{}", name, parts[4], region.name, DnsSuffixOf(region)),
      .base_path = ""};
}

struct CustomEndpoint {
  std::string scheme;
  std::string host;
  std::string path;
};

std::unexpected<Error> BadUrl(std::string_view url, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not an endpoint: {} (http://HOST[:PORT][/PATH] or https://...)", url, why));
}

Result<CustomEndpoint> ParseEndpointUrl(std::string_view url) {
  CustomEndpoint endpoint;
  std::string_view rest = url;
  for (const std::string_view scheme : {"http", "https"}) {
    if (url.starts_with(scheme) && url.substr(scheme.size()).starts_with("://")) {
      endpoint.scheme = scheme;
      rest = url.substr(scheme.size() + 3);
    }
  }
  if (endpoint.scheme.empty()) return BadUrl(url, "its scheme is neither http nor https");
  for (const char c : rest) {
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f || c == '\\' || c == '"') {
      return BadUrl(url, "it holds a character that a URL cannot");
    }
  }
  if (rest.find_first_of("?#@") != std::string_view::npos)
    return BadUrl(url, "it has user info, a query or a fragment");
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  endpoint.host = rest.substr(0, slash);
  endpoint.path = rest.substr(slash);
  while (endpoint.path.ends_with('/')) endpoint.path.pop_back();
  const std::string_view default_port = endpoint.scheme == "http" ? ":80" : ":443";
  if (endpoint.host.ends_with(default_port)) endpoint.host.resize(endpoint.host.size() - default_port.size());
  if (endpoint.host.empty() || endpoint.host.starts_with(':')) return BadUrl(url, "it has no host");
  return endpoint;
}

}  // namespace

Status CheckEndpointUrl(const std::string& url) {
  auto parsed = ParseEndpointUrl(url);
  if (!parsed) return Forward(parsed);
  return {};
}

Status CheckRegion(const Region& region) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (region.name.empty() || region.name.size() > 63 || !std::ranges::all_of(region.name, allowed)) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a region: 1 to 63 characters of a-z, 0-9 and '-'", region.name));
  }
  return {};
}

Result<ObjectEndpoint> ResolveS3Endpoint(const Bucket& bucket, const Region& region, const S3EndpointConfig& config) {
  Status valid = CheckRegion(region);
  if (!valid) return Forward(valid);
  if (bucket.IsAccessPointArn()) return ResolveAccessPoint(bucket, region, config);
  const bool custom = config.endpoint_url.has_value();
  CustomEndpoint base{.scheme = "https", .host = fmt::format("s3.{}.{}", region.name, DnsSuffixOf(region)), .path = ""};
  if (custom) {
    auto parsed = ParseEndpointUrl(*config.endpoint_url);
    if (!parsed) return Forward(parsed);
    base = std::move(*parsed);
  }
  bool path_style = config.addressing_style == AddressingStyle::kPath;
  if (config.addressing_style == AddressingStyle::kAuto) path_style = custom || bucket.HasDot();
  if (path_style) {
    return ObjectEndpoint{base.scheme, base.host, fmt::format("{}/{}", base.path, bucket.name())};
  }
  return ObjectEndpoint{base.scheme, fmt::format("{}.{}", bucket.name(), base.host), base.path};
}

}  // namespace signpost::aws
