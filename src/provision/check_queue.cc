#include <fmt/format.h>

#include "provision/doctor.h"
#include "provision/queue.h"

namespace signpost::provision {
namespace {

constexpr char kQueueCheck[] = "queue";
constexpr char kProvision[] = "signpost provision queue";

Finding CheckVisibility(const QueueFacts& queue, std::chrono::seconds timeout) {
  const std::string what = fmt::format("a message stays hidden for {} s, the function's time-out is {} s",
                                       queue.visibility.count(), timeout.count());
  if (queue.visibility >= timeout * kTimeoutsHidden) return Ok(kQueueCheck, what);
  const std::string advice = fmt::format("make it {} s ({})", (timeout * kTimeoutsHidden).count(), kProvision);
  return queue.visibility < timeout ? Bad(kQueueCheck, what, advice) : Warn(kQueueCheck, what, advice);
}

Finding CheckDeadLetters(const aws::JsonService& service, const CallContext& context, const QueueFacts& queue) {
  if (queue.dead_letter_arn.empty()) {
    return Bad(kQueueCheck, "it has no dead-letter queue: a bad message is tried until it is too old", kProvision);
  }
  if (queue.max_receive_count < kMaxReceiveCount) {
    return Warn(kQueueCheck,
                fmt::format("a message goes to the dead-letter queue after {} receives", queue.max_receive_count),
                fmt::format("throttled messages may be lost to it; make it {} or more", kMaxReceiveCount));
  }
  const std::string name = queue.dead_letter_arn.substr(queue.dead_letter_arn.rfind(':') + 1);
  const auto dead = FindQueue(service, context, name);
  if (!dead)
    return Warn(kQueueCheck, dead.error().ToString(), "how long the dead-letter queue keeps messages was not seen");
  if (!*dead)
    return Bad(kQueueCheck, fmt::format("its dead-letter queue {} is not there", queue.dead_letter_arn), kProvision);
  if ((*dead)->retention <= queue.retention) {
    return Warn(kQueueCheck,
                fmt::format("'{}' keeps messages for {} s, the queue itself for {} s", name, (*dead)->retention.count(),
                            queue.retention.count()),
                "let the dead-letter queue keep them longer: a message's age counts on");
  }
  return Ok(kQueueCheck, fmt::format("'{}' takes a message after {} receives", name, queue.max_receive_count));
}

}  // namespace

std::vector<Finding> CheckQueue(const aws::JsonService& service, const CallContext& context, const std::string& url,
                                std::chrono::seconds function_timeout) {
  const auto queue = DescribeQueue(service, context, url);
  if (!queue) {
    const bool missing = queue.error().code == ErrorCode::kNotFound;
    return {
        Bad(kQueueCheck, queue.error().ToString(), missing ? kProvision : "allow sqs:GetQueueAttributes on the queue")};
  }
  return {CheckVisibility(*queue, function_timeout), CheckDeadLetters(service, context, *queue)};
}

}  // namespace signpost::provision
