#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "signpost/error.h"

#include "aws/json_call.h"
#include "base/call_context.h"
#include "base/clock.h"

namespace signpost::provision {

/// How often a message is tried before it goes to the dead-letter queue, and how many of the function's time-outs it
/// stays hidden (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
inline constexpr int kMaxReceiveCount = 5;
inline constexpr int kTimeoutsHidden = 6;

/// A queue as SQS describes it.
struct QueueFacts {
  std::string url;
  std::string arn;
  std::chrono::seconds visibility{0};
  std::chrono::seconds retention{0};
  std::string dead_letter_arn;  ///< Empty: messages are tried until they are too old.
  int max_receive_count = 0;
};

/// By its URL. Needs sqs:GetQueueAttributes.
Result<QueueFacts> DescribeQueue(const aws::JsonService& service, const CallContext& context, const std::string& url);

/// By its name; nothing when there is none. Needs sqs:GetQueueUrl too.
Result<std::optional<QueueFacts>> FindQueue(const aws::JsonService& service, const CallContext& context,
                                            const std::string& name);

struct QueueGoal {
  std::string name;                            ///< 1 to 76 of a-z A-Z 0-9 - _, and ".fifo" for a FIFO queue.
  std::chrono::seconds function_timeout{900};  ///< 1 to 900 s.

  std::string dead_letter_name() const;  ///< "jobs-dlq", "jobs-dlq.fifo".
};
/// kInvalidArgument for a name that SQS does not take.
Status CheckGoal(const QueueGoal& goal);

/// One queue of the two: made, or changed.
struct QueueChange {
  std::string name;
  std::optional<std::string> url;                 ///< Empty: it is to be created.
  std::map<std::string, std::string> attributes;  ///< To set; without RedrivePolicy, which needs an ARN.
  bool redrive = false;                           ///< RedrivePolicy is to be set.
};

struct QueuePlan {
  QueueGoal goal;
  QueueChange dead_letter;
  QueueChange queue;
  std::vector<std::string> changes;  ///< For people; empty: nothing to do.
};

/// Changes nothing. What is there and better than wanted stays: a longer visibility, more tries. kConflict for a queue
/// with another dead-letter queue, or one that keeps messages as long as any queue can.
Result<QueuePlan> PlanQueue(const aws::JsonService& service, const CallContext& context, const QueueGoal& goal);

/// Does what was planned, and returns once it is seen; SQS may take a minute for that, after which it is kUnavailable.
/// Needs sqs:CreateQueue and sqs:SetQueueAttributes.
Status ApplyQueue(const aws::JsonService& service, const CallContext& context, Sleeper& sleeper, const QueuePlan& plan);

}  // namespace signpost::provision
