#pragma once

#include <memory>
#include <optional>
#include <string>

#include "job/run_job.h"
#include "manifest/s3_sink.h"
#include "manifest/sink.h"

namespace signpost::job {

/// Where a job's manifest goes, with its final name.
struct Output {
  std::unique_ptr<manifest::Sink> sink;
  manifest::S3Sink* s3_sink = nullptr;  ///< `sink`, when it is one.
  std::optional<S3Target> s3;           ///< With the key complete.
  std::optional<std::string> path;      ///< Of a file.
};

/// The sink for `request.output`; a prefix in S3 gets a random 128-bit name and the format's suffix, unless an earlier
/// run is continued: then it is that one's upload. Nothing is sent yet.
Result<Output> OpenOutput(const JobRequest& request, const Services& services);

}  // namespace signpost::job
