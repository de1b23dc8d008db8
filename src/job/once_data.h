#pragma once

#include <string>
#include <string_view>

#include "signpost/error.h"

#include "job/job_result.h"
#include "job/run_job.h"

namespace signpost::job {

/// What the record of a job tells about its manifest, from right before it is published. Holds no URL.
struct OnceData {
  JobResult result;        ///< Without `manifest_url`; `bucket` and `key` are set.
  std::string upload_id;   ///< The upload that becomes the manifest.
  std::string attempt_id;  ///< The manifest's metadata "signpost-attempt".
  std::string validation;  ///< Of the request that it answers; see JobIdentity.
};

/// One line of JSON, at most about 100 KB: of the row errors, those that fit.
std::string ToJson(const OnceData& data);

/// kDataLoss for anything else.
Result<OnceData> ParseOnceData(std::string_view text);

}  // namespace signpost::job
