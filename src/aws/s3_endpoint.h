#pragma once

#include <optional>
#include <string>

#include "signpost/error.h"
#include "signpost/signing_scope.h"

#include "base/bucket.h"

namespace signpost::aws {

enum class AddressingStyle { kAuto, kPath, kVirtual };

/// What decides where a bucket is served.
struct S3EndpointConfig {
  std::optional<std::string> endpoint_url;  ///< "http://127.0.0.1:9000"; empty: AWS's regional hosts.
  AddressingStyle addressing_style = AddressingStyle::kAuto;
};

/// kInvalidArgument unless the name is 1 to 63 characters of a-z, 0-9 and '-': it becomes a part of host names.
Status CheckRegion(const Region& region);

/// kInvalidArgument unless `url` is an absolute http or https URL without user info, query and fragment.
Status CheckEndpointUrl(const std::string& url);

/// The endpoint of `bucket`: AWS's regional host (never the legacy global one), the partition's DNS suffix
/// (amazonaws.com, amazonaws.com.cn, ...), virtual-hosted unless the bucket has a dot (no TLS wildcard matches it), the
/// endpoint is a custom one or the style says path. Access points: `NAME-ACCOUNT.s3-accesspoint.REGION.SUFFIX`; their
/// ARN's region must equal `region`. kInvalidArgument for a region that is not `[a-z0-9-]{1,63}`, a custom endpoint
/// that is not an absolute http(s) URL (no user info, query or fragment), and impossible combinations.
Result<ObjectEndpoint> ResolveS3Endpoint(const Bucket& bucket, const Region& region, const S3EndpointConfig& config);

}  // namespace signpost::aws
