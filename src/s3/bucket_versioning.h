#pragma once

#include "s3/client.h"

namespace signpost::s3 {

enum class Versioning { kNever, kEnabled, kSuspended };

/// Whether the bucket keeps, or may have kept, old versions of its objects. Needs s3:GetBucketVersioning
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html).
Result<Versioning> GetBucketVersioning(Client& client, const CallContext& context, const Bucket& bucket);

}  // namespace signpost::s3
