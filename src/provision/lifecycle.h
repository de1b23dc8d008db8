#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "provision/lifecycle_rules.h"
#include "s3/bucket_lifecycle.h"
#include "s3/bucket_versioning.h"

namespace signpost::provision {

/// What a bucket's lifecycle is, and what it is to become.
struct LifecyclePlan {
  Bucket bucket;
  LifecycleGoal goal;
  std::optional<s3::BucketLifecycle> before;  ///< Nothing: the bucket has none.
  s3::BucketLifecycle after;
  std::string diff;  ///< Empty: nothing to do.
  std::size_t other_rules = 0;
  s3::Versioning versioning = s3::Versioning::kNever;
};

/// Reads the bucket and decides; changes nothing. See MergeLifecycle() for what is refused.
Result<LifecyclePlan> PlanLifecycle(s3::Client& client, const CallContext& context, const Bucket& bucket,
                                    std::string prefix, int days);

/// Writes what was planned and reads it back. S3 has no conditional write for a lifecycle, so the present one is read
/// again first: kConflict if it is no longer `plan.before`. A change between that and the write is lost; one right
/// after the write is found out (kConflict) when what is read back is not what was written.
Status ApplyLifecycle(s3::Client& client, const CallContext& context, Sleeper& sleeper, const LifecyclePlan& plan);

}  // namespace signpost::provision
