#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "job/job_result.h"
#include "lambda/function_error.h"
#include "lambda/job_order.h"
#include "lambda/metrics.h"
#include "lambda/session.h"
#include "lambda/time_window.h"

namespace signpost::lambda {

/// How one job is to be run.
struct JobCall {
  std::stop_token stop;
  TimeWindow window;
  std::string trace_id;
};

/// Runs jobs. An interface, so that batches and answers can be tested without them.
class JobRunner {
 public:
  virtual ~JobRunner() = default;

  /// Runs one job to its end, its clean-up included. Fills in `metrics` what the result does not tell, also after a
  /// failure.
  virtual Outcome<job::JobResult> Run(const JobOrder& order, const JobCall& call, JobMetrics* metrics) = 0;
};

/// Runs jobs against AWS, under the lock of SIGNPOST_IDEMPOTENCY when there is one, with the URLs signed by
/// SIGNPOST_SIGNER_ROLE_ARN when there is one. Keeps nothing from job to job.
class AwsJobRunner final : public JobRunner {
 public:
  explicit AwsJobRunner(SessionWorld world) : world_(std::move(world)) {}

  Outcome<job::JobResult> Run(const JobOrder& order, const JobCall& call, JobMetrics* metrics) override;

 private:
  const SessionWorld world_;
};

}  // namespace signpost::lambda
