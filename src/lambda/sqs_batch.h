#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lambda/event.h"

namespace signpost::lambda {

/// What a batch needs from whoever runs its records.
struct BatchWorker {
  /// Whether there is time for another record.
  std::function<bool()> may_start;
  /// Does one record; false when it must come again.
  std::function<bool(const SqsRecord&)> run;
};

/// Runs the records in order and returns the message ids that failed, each once, in the batch's order: those whose run
/// failed and those that were not started; in a FIFO queue the first failure and everything after it, which is not run.
std::vector<std::string> RunBatch(const SqsBatch& batch, const BatchWorker& worker);

/// `{"batchItemFailures":[{"itemIdentifier":...}]}`
/// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
std::string ToBatchAnswer(const std::vector<std::string>& failed);

}  // namespace signpost::lambda
