#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "manifest/writer.h"
#include "s3/multipart.h"

namespace signpost::job {

/// The longest text of a record that is kept with a checkpoint: an item of DynamoDB holds 400 KB with all its names
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html). Some 4,000 parts fit.
inline constexpr std::size_t kMostCheckpointBytes = 380'000;

/// Where a job stopped, beside what its result tells so far: enough to go on as if it had not. Holds no URL and no
/// secret.
struct Checkpoint {
  std::string front;  ///< Raw: the last key that is dealt with. Rows of all keys up to it are in `parts`.
  std::chrono::sys_seconds signed_at;   ///< Of all URLs so far.
  std::string signer;                   ///< FingerprintOf() the credentials that signed them.
  manifest::ContentTotals content;      ///< Of the content so far.
  std::vector<s3::UploadedPart> parts;  ///< Ascending; each at least s3::kMinPartBytes, as others will follow.
  int next_part = 1;                    ///< No part of this number or a higher one has ever been begun.
};

nlohmann::json ToJson(const Checkpoint& checkpoint);

/// Nothing for anything that ToJson() does not write, or that cannot be of a manifest of `manifest_bytes` so far.
std::optional<Checkpoint> ParseCheckpoint(const nlohmann::json& object, std::uint64_t manifest_bytes);

}  // namespace signpost::job
