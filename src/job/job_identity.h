#pragma once

#include <optional>
#include <string>

#include "job/job_request.h"

namespace signpost::job {

/// Who a job is, whoever asks for it and however often.
struct JobIdentity {
  std::string id;          ///< 32 hexadecimal digits: the record's key.
  std::string validation;  ///< SHA-256 in hexadecimal of everything that shapes the manifest, without ambiguity.
};

/// `id` is sha256("BUCKET#PREFIX")[:32] when every other option that shapes the manifest has its default, else
/// sha256("BUCKET#PREFIX#" + canonical JSON of those options)[:32]. What shapes only the way there (concurrency,
/// look-ahead, allow_short_lived) is left out. `default_output` counts as the default target; unset:
/// s3://BUCKET/manifests/.
JobIdentity IdentityOf(const JobRequest& request, const std::optional<S3Target>& default_output = std::nullopt);

}  // namespace signpost::job
