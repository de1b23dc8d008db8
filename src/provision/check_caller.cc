#include <fmt/format.h>

#include "base/time_format.h"
#include "provision/doctor.h"

namespace signpost::provision {
namespace {

/// Less is hardly enough for one manifest.
constexpr std::chrono::minutes kShortLife{15};
/// A difference of clocks that nobody notices, and the one from which on S3 refuses requests.
constexpr std::chrono::minutes kNoticedSkew{1};
constexpr std::chrono::minutes kRefusedSkew{15};

}  // namespace

Finding NoCredentials(const Error& why) {
  return Bad("credentials", why.ToString(), "sign in, or say which profile (--profile, AWS_PROFILE)");
}

Finding CheckCredentials(const DoctorWorld& world, const CallContext& context) {
  constexpr char kCheck[] = "credentials";
  aws::CredentialsCache& cache = world.connection->credentials();
  const auto credentials = cache.Get(context);
  if (!credentials) return NoCredentials(credentials.error());
  const std::string from = "from " + cache.Describe();
  if (!credentials->expires_at) return Ok(kCheck, from + ", without an end that they tell");
  const auto left = std::chrono::floor<std::chrono::seconds>(*credentials->expires_at - world.clock->Now());
  const std::string what =
      fmt::format("{}, good until {} ({} s left)", from, FormatRfc3339(*credentials->expires_at), left.count());
  if (cache.CanRefresh()) return Ok(kCheck, what + ", then renewed");
  if (left >= kShortLife) return Ok(kCheck, what);
  return Warn(kCheck, what, "URLs end with the credentials that signed them; sign in again first");
}

Finding CheckClock(const DoctorWorld& world) {
  constexpr char kCheck[] = "clock";
  const auto skew = std::chrono::round<std::chrono::seconds>(world.connection->clock().offset());
  const auto size = std::chrono::abs(skew);
  if (size < kNoticedSkew) return Ok(kCheck, "agrees with S3's within a minute");
  const std::string what =
      fmt::format("S3's clock is {} s {} of this one", size.count(), skew.count() > 0 ? "ahead" : "behind");
  if (size < kRefusedSkew) return Warn(kCheck, what, "signpost corrects that, others do not: set the clock");
  return Bad(kCheck, what, "S3 refuses such requests of others; set the clock");
}

Finding CheckRegion(const DoctorWorld& world, const Bucket& bucket) {
  constexpr char kCheck[] = "region";
  const auto& configured = world.connection->settings().region;
  const std::string actual = world.connection->client().RegionOf(bucket).name;
  if (!configured) {
    return Warn(kCheck, fmt::format("none is configured; the bucket {} is in {}", bucket.name(), actual),
                "set AWS_REGION, or say --region: tables and queues are looked for there");
  }
  if (*configured == actual) return Ok(kCheck, fmt::format("{}, as is the bucket {}", actual, bucket.name()));
  return Warn(kCheck, fmt::format("{}, but the bucket {} is in {}", *configured, bucket.name(), actual),
              "run where the bucket is: traffic between regions is slow, and paid for");
}

}  // namespace signpost::provision
