#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "signpost/error.h"

#include "provision/lifecycle_document.h"

namespace signpost::provision {

/// S3's limits (https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html).
inline constexpr std::size_t kMostRules = 1'000;
inline constexpr int kLongestDays = 36'500;

/// Incomplete uploads are aborted after this many days, whatever else is wanted: no job runs for a day.
inline constexpr int kAbortDays = 1;

/// What a prefix that manifests are written to needs.
struct LifecycleGoal {
  std::string prefix;           ///< Not empty, ends in '/'.
  int days = 1;                 ///< 1 to kLongestDays: an object expires this many days after it was written.
  bool keeps_versions = false;  ///< The bucket is versioned: old versions are to go as well.
};

/// kInvalidArgument for a prefix or days out of range: a rule must never cover a whole bucket, nor
/// "manifests-of-others/".
Status CheckGoal(const LifecycleGoal& goal);

/// The ids of the two rules for `prefix`: fixed, so that the second run finds what the first one wrote.
std::string ExpiryRuleId(std::string_view prefix);
std::string AbortRuleId(std::string_view prefix);

struct LifecycleMerge {
  LifecycleDocument document;  ///< What is to be written.
  std::string diff;            ///< Lines with '-' and '+' for people; empty when nothing changes.
  std::size_t other_rules = 0;

  bool changes() const { return !diff.empty(); }
};

/// Puts the rules of `goal` into `current` and leaves all else there as it is. A rule of ours that already means the
/// same stays as the server wrote it. kConflict when another rule would expire objects below the prefix earlier, or the
/// rules would exceed kMostRules.
Result<LifecycleMerge> MergeLifecycle(LifecycleDocument current, const LifecycleGoal& goal);

/// What already holds for every object and upload below a prefix, by enabled rules.
struct LifecycleCover {
  std::optional<int> expires_after_days;
  std::optional<int> aborts_after_days;
};
LifecycleCover CoverOf(const LifecycleDocument& document, std::string_view prefix);

}  // namespace signpost::provision
