#pragma once

#include <optional>
#include <string>

#include "s3/client.h"

namespace signpost::s3 {

/// The lifecycle of a bucket, as the server tells it.
struct BucketLifecycle {
  std::string xml;  ///< The document `<LifecycleConfiguration>`, unread.
  /// x-amz-transition-default-minimum-object-size; empty when the server does not tell. It belongs to the
  /// configuration and falls back to its default when a write leaves it out.
  std::string transition_minimum_size;

  bool operator==(const BucketLifecycle&) const = default;
};

/// Nothing when the bucket has no lifecycle. Needs s3:GetLifecycleConfiguration
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html).
Result<std::optional<BucketLifecycle>> GetBucketLifecycle(Client& client, const CallContext& context,
                                                          const Bucket& bucket);

/// Replaces the whole lifecycle, unconditionally: the API knows no If-Match. Needs s3:PutLifecycleConfiguration
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html). Goes with a Content-MD5,
/// which S3 demands and all servers know.
Status PutBucketLifecycle(Client& client, const CallContext& context, const Bucket& bucket,
                          const BucketLifecycle& lifecycle);

}  // namespace signpost::s3
