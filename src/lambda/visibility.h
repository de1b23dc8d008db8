#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "signpost/error.h"
#include "signpost/signing_scope.h"

#include "base/call_context.h"
#include "lambda/session.h"

namespace signpost::lambda {

/// A queue as its ARN names it.
struct QueueName {
  Region region;
  std::string account;
  std::string name;
};

/// "arn:aws:sqs:REGION:ACCOUNT:NAME"; nothing for anything else.
std::optional<QueueName> ParseQueueArn(std::string_view arn);

/// Postpones messages. An interface, so that batches can be tested without SQS.
class Visibility {
 public:
  virtual ~Visibility() = default;

  /// The message is hidden for `duration` from now (at most 12 hours, SQS's limit).
  virtual Status Postpone(const CallContext& context, const std::string& queue_arn, const std::string& receipt_handle,
                          std::chrono::milliseconds duration) = 0;
};

/// Calls SQS's ChangeMessageVisibility
/// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html) in the
/// queue's region. Needs the permission sqs:ChangeMessageVisibility, which the event source mapping needs anyway.
class SqsVisibility final : public Visibility {
 public:
  explicit SqsVisibility(SessionWorld world) : world_(std::move(world)) {}

  Status Postpone(const CallContext& context, const std::string& queue_arn, const std::string& receipt_handle,
                  std::chrono::milliseconds duration) override;

 private:
  const SessionWorld world_;
};

}  // namespace signpost::lambda
