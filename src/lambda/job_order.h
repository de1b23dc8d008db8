#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "job/job_request.h"
#include "lambda/function_error.h"
#include "lambda/settings.h"

namespace signpost::lambda {

/// A job as an event asks for it, checked and allowed.
struct JobOrder {
  job::JobRequest request;
  bool request_payer = false;
  std::optional<std::string> expected_bucket_owner;
};

/// Reads a job: an object with `bucket` and, optionally, `prefix`, `output`, `format`, `compress`, `concurrency`,
/// `lookahead`, `listing`, `expires_in`, `allow_short_lived`, `request_payer`, `expected_bucket_owner`,
/// `response_content_disposition`, `response_content_type`: the command's options. kInvalidRequest tells everything
/// that is wrong: names that are not known, wrong types, values out of range. kNotAllowed, for a well-formed job only:
/// a source outside SIGNPOST_ALLOW, an output outside SIGNPOST_OUTPUT, a source among the manifests.
///
/// Without SIGNPOST_OUTPUT manifests go to `manifests/` of the source's bucket.
Outcome<JobOrder> ReadJob(const nlohmann::json& job, const FunctionSettings& settings);

/// The output of a job that names none: what does not count as an option of its own.
job::S3Target DefaultOutput(const Bucket& source, const FunctionSettings& settings);

}  // namespace signpost::lambda
