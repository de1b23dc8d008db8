#include "provision/lifecycle.h"

#include <utility>

#include <fmt/format.h>

namespace signpost::provision {
namespace {

/// A write may take a moment until every read sees it.
constexpr int kReadBacks = 5;
constexpr std::chrono::milliseconds kBetweenReadBacks{1'000};

Result<LifecycleDocument> Read(const Bucket& bucket, const std::optional<s3::BucketLifecycle>& lifecycle) {
  if (!lifecycle) return LifecycleDocument();
  auto document = LifecycleDocument::Parse(lifecycle->xml);
  if (!document) return std::unexpected(std::move(document.error()).Within("the bucket " + bucket.name()));
  return document;
}

/// Whether the lifecycle that is there now means what `expected` says; an absent one has no rules.
Result<bool> IsNow(s3::Client& client, const CallContext& context, const Bucket& bucket,
                   const std::optional<s3::BucketLifecycle>& expected) {
  auto now = s3::GetBucketLifecycle(client, context, bucket);
  if (!now) return Forward(now);
  auto there = Read(bucket, *now);
  if (!there) return Forward(there);
  auto wanted = Read(bucket, expected);
  if (!wanted) return Forward(wanted);
  const auto size = [](const auto& each) { return each ? each->transition_minimum_size : std::string(); };
  const bool same_size = size(expected).empty() || size(expected) == size(*now);
  return MeanTheSame(*there, *wanted) && same_size;
}

}  // namespace

Result<LifecyclePlan> PlanLifecycle(s3::Client& client, const CallContext& context, const Bucket& bucket,
                                    std::string prefix, int days) {
  LifecyclePlan plan{.bucket = bucket, .goal = {.prefix = std::move(prefix), .days = days}};
  if (Status valid = CheckGoal(plan.goal); !valid) return Forward(valid);
  auto versioning = s3::GetBucketVersioning(client, context, bucket);
  if (!versioning) return Forward(versioning);
  plan.versioning = *versioning;
  plan.goal.keeps_versions = *versioning != s3::Versioning::kNever;
  auto before = s3::GetBucketLifecycle(client, context, bucket);
  if (!before) return Forward(before);
  plan.before = std::move(*before);
  auto current = Read(bucket, plan.before);
  if (!current) return Forward(current);
  auto merge = MergeLifecycle(std::move(*current), plan.goal);
  if (!merge) return Forward(merge);
  plan.after.xml = merge->document.ToXml();
  if (plan.before) plan.after.transition_minimum_size = plan.before->transition_minimum_size;
  plan.diff = std::move(merge->diff);
  plan.other_rules = merge->other_rules;
  return plan;
}

Status ApplyLifecycle(s3::Client& client, const CallContext& context, Sleeper& sleeper, const LifecyclePlan& plan) {
  auto unchanged = IsNow(client, context, plan.bucket, plan.before);
  if (!unchanged) return Forward(unchanged);
  if (!*unchanged) {
    return Fail(ErrorCode::kConflict, fmt::format("the lifecycle of the bucket {} was changed by somebody else in the "
                                                  "meantime; nothing was written",
                                                  plan.bucket.name()));
  }
  if (Status written = s3::PutBucketLifecycle(client, context, plan.bucket, plan.after); !written) return written;
  for (int attempt = 1;; ++attempt) {
    auto there = IsNow(client, context, plan.bucket, plan.after);
    if (!there) return Forward(there);
    if (*there) return {};
    if (attempt == kReadBacks) break;
    sleeper.SleepFor(kBetweenReadBacks, context.stop);
  }
  return Fail(ErrorCode::kConflict,
              fmt::format("the lifecycle of the bucket {} was written, but what is read back is not the same: somebody "
                          "else changes it too, or the server does not keep all of a rule; compare it with the rules "
                          "before: {}",
                          plan.bucket.name(), plan.before ? plan.before->xml : "none"));
}

}  // namespace signpost::provision
