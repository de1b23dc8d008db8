#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::local {

/// What an event source mapping concludes from the answer to a batch.
struct BatchVerdict {
  bool whole_batch_failed = false;
  std::vector<std::string> failed;  ///< Message ids, in the batch's order; empty when the whole batch failed.
  std::string note;                 ///< Why, or what looks like a mistake; empty when there is nothing to say.
};

/// Applies the rules of ReportBatchItemFailures
/// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html) to a function's answer:
/// an empty or null answer, or an empty, null or missing `batchItemFailures`, is a complete success; an answer that is
/// not JSON or not an object, and an `itemIdentifier` that is missing, empty, null or not of this batch, a complete
/// failure. A function error is a complete failure, too, and is not asked about here.
BatchVerdict JudgeBatch(std::string_view answer, std::span<const std::string> message_ids);

}  // namespace signpost::local
