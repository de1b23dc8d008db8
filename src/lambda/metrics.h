#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace signpost::lambda {

/// What one job did, for CloudWatch.
struct JobMetrics {
  std::uint64_t objects = 0;    ///< Rows of the manifest.
  std::uint64_t pages = 0;      ///< LIST calls.
  std::uint64_t retries = 0;    ///< Requests sent again.
  std::uint64_t throttles = 0;  ///< Answers 429 and 503.
  std::uint64_t bytes = 0;      ///< Of the manifest.
  std::chrono::milliseconds duration{0};
  bool replayed = false;
  bool resumed = false;
  bool failed = false;
};

/// The metrics as one line of the CloudWatch embedded metric format
/// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html)
/// in the namespace "Signpost". The function's name is the only dimension.
std::string ToEmbeddedMetrics(const JobMetrics& metrics, std::string_view function_name, TimePoint now);

}  // namespace signpost::lambda
