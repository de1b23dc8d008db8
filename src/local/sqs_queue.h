#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "signpost/error.h"
#include "signpost/signing_scope.h"

#include "aws/json_call.h"
#include "base/call_context.h"

namespace signpost::local {

/// A received message.
struct SqsMessage {
  std::string message_id;
  std::string receipt_handle;
  std::string record;  ///< As an element of a function's event, JSON text.
};

/// What an event source mapping must know of a queue.
struct SqsQueueFacts {
  std::string arn;
  std::chrono::seconds visibility_timeout{0};
};

/// The calls of one queue that an event source mapping makes. An interface, so that its rules can be tested without
/// SQS.
class SqsQueue {
 public:
  virtual ~SqsQueue() = default;

  virtual Result<SqsQueueFacts> Describe(const CallContext& context) = 0;
  /// At most `most` messages (1 to 10); waits up to `wait` (at most 20 s) for the first.
  virtual Result<std::vector<SqsMessage>> Receive(const CallContext& context, int most, std::chrono::seconds wait) = 0;
  /// Deletes messages by their receipt handles; an error when one of them could not be.
  virtual Status Delete(const CallContext& context, std::span<const std::string> receipt_handles) = 0;
};

/// SQS itself (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html).
class RemoteSqsQueue final : public SqsQueue {
 public:
  /// `service.url` is the endpoint. `queue_url` is sent as it is.
  RemoteSqsQueue(aws::JsonService service, std::string queue_url)
      : service_(std::move(service)), queue_url_(std::move(queue_url)) {}

  Result<SqsQueueFacts> Describe(const CallContext& context) override;
  Result<std::vector<SqsMessage>> Receive(const CallContext& context, int most, std::chrono::seconds wait) override;
  Status Delete(const CallContext& context, std::span<const std::string> receipt_handles) override;

 private:
  const aws::JsonService service_;
  const std::string queue_url_;
  std::string arn_;  ///< Once known; a part of every record.
};

/// The endpoint of a queue by its URL ("https://sqs.eu-central-1.amazonaws.com"), and the region in it, or `fallback`.
struct SqsEndpoint {
  std::string url;
  Region region;
};
/// kInvalidArgument unless `queue_url` is an absolute http or https URL with a path.
Result<SqsEndpoint> EndpointOfQueue(const std::string& queue_url, const Region& fallback);

}  // namespace signpost::local
