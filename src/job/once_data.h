#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "signpost/error.h"

#include "job/checkpoint.h"
#include "job/job_result.h"

namespace signpost::job {

/// What the record of a job tells about its manifest, from right before it is published, or when it stopped half-way.
/// Holds no URL.
struct OnceData {
  JobResult result;        ///< Without `manifest_url`; `bucket` and `key` are set. As far as it came.
  std::string upload_id;   ///< The upload that becomes the manifest.
  std::string attempt_id;  ///< The manifest's metadata "signpost-attempt".
  std::string validation;  ///< Of the request that it answers; see JobIdentity.
  /// Where to go on. With one, nobody writes to the upload until it is taken out of the record again.
  std::optional<Checkpoint> checkpoint;
};

/// One line of JSON, without a checkpoint at most about 100 KB: of the row errors, those that fit.
std::string ToJson(const OnceData& data);

/// kDataLoss for anything else. A checkpoint that cannot be read (a later version's) is as good as none.
Result<OnceData> ParseOnceData(std::string_view text);

}  // namespace signpost::job
