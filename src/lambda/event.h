#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "signpost/error.h"

namespace signpost::lambda {

/// One message of a batch.
struct SqsRecord {
  std::string message_id;
  std::string receipt_handle;  ///< Empty when the event has none.
  std::string body;
};

/// What an SQS event source mapping sends.
struct SqsBatch {
  std::string queue_arn;  ///< Empty when the event has none.
  bool fifo = false;      ///< Order matters.
  std::vector<SqsRecord> records;
};

/// A job, out of its envelope: still to be read by ReadJob().
struct JobEvent {
  nlohmann::json job;
};

using Event = std::variant<JobEvent, SqsBatch>;

/// Tells what kind of event `payload` is: a batch (`Records` from aws:sqs, or none at all), or one job: by itself, in
/// an EventBridge event's `detail`, or in the message of an SNS notification. Names in an envelope that are not known
/// are ignored. kInvalidArgument for what is not JSON, for records that cannot be answered for (no messageId, no body),
/// and for envelopes that do not hold a job.
Result<Event> DecodeEvent(std::string_view payload);

/// The job in the text of a message: a JSON object, or an envelope as above. kInvalidArgument otherwise.
Result<nlohmann::json> OpenMessage(std::string_view body);

}  // namespace signpost::lambda
