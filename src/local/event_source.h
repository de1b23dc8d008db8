#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "signpost/error.h"

#include "base/call_context.h"
#include "base/clock.h"
#include "local/fault.h"
#include "local/function_host.h"
#include "local/sqs_queue.h"

namespace signpost::local {

/// Brings a queue's messages to a function by the rules of Lambda's event source mapping
/// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html): batches, ReportBatchItemFailures, delete
/// on success; what failed comes again when its visibility timeout ends, and goes to the dead-letter queue after the
/// queue's maxReceiveCount.
class EventSource {
 public:
  struct Options {
    std::size_t batch_size = 10;                ///< 1 to 10,000.
    std::chrono::seconds window{0};             ///< How long a batch may wait to become full; 0 to 300.
    bool report_batch_item_failures = true;     ///< Else an answer of any kind is a success of the whole batch.
    std::chrono::seconds function_timeout{30};  ///< The queue's visibility timeout must not be shorter.
    std::function<void(std::string_view)> log;  ///< One line for each batch.
  };
  using Invoke = std::function<Result<InvokeResult>(std::string event)>;

  /// The referenced objects must outlive this one.
  EventSource(Options options, SqsQueue* queue, Invoke invoke, Misbehaviour* misbehaviour, const Clock* clock)
      : options_(std::move(options)),
        queue_(queue),
        invoke_(std::move(invoke)),
        misbehaviour_(misbehaviour),
        clock_(clock) {}

  /// Works until a stop is asked for, which is a success, or the queue fails for good. kInvalidArgument, before
  /// anything is received, when the visibility timeout is too short: Lambda refuses such a mapping.
  Status Run(const CallContext& context);

 private:
  using Batch = std::vector<SqsMessage>;

  Result<Batch> Collect(const CallContext& context);
  /// Parts that fit into an event each.
  static std::vector<Batch> Split(Batch batch);
  Status Process(const Batch& batch);
  /// The receipt handles of the messages that are done with.
  std::vector<std::string> Successes(const Batch& batch, const InvokeResult& result);

  const Options options_;
  SqsQueue* const queue_;
  const Invoke invoke_;
  Misbehaviour* const misbehaviour_;
  const Clock* const clock_;
};

}  // namespace signpost::local
