#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "lambda/event.h"
#include "lambda/function_error.h"
#include "lambda/job_runner.h"
#include "lambda/log.h"
#include "lambda/runtime_client.h"
#include "lambda/settings.h"
#include "lambda/visibility.h"

namespace signpost::lambda {

/// What the function works with; all must outlive it.
struct FunctionServices {
  const FunctionSettings* settings = nullptr;
  JobRunner* jobs = nullptr;
  Visibility* visibility = nullptr;
  const Log* log = nullptr;
  const Clock* clock = nullptr;
};

/// Answers events: one job with its result, a batch of SQS messages with those that failed. From one invocation to the
/// next it remembers nothing but that it is not the first.
class Function {
 public:
  explicit Function(FunctionServices services) : services_(services) {}

  /// The answer, JSON. A batch is an error only as a whole: when it cannot be read.
  Outcome<std::string> Handle(const Invocation& invocation, const std::stop_token& stop);

 private:
  FunctionServices services_;
  bool cold_ = true;
};

}  // namespace signpost::lambda
