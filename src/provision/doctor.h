#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "aws/environment.h"
#include "base/bucket.h"
#include "base/call_context.h"
#include "idempotency/store_address.h"
#include "provision/finding.h"
#include "provision/services.h"
#include "s3/connection.h"

namespace signpost::provision {

/// What is to be looked at. What is left out is taken from the function's variables in `environment`, or not looked at.
struct DoctorOrder {
  aws::Environment environment;
  std::optional<S3Uri> source;                     ///< What would be listed.
  std::optional<S3Uri> output;                     ///< Where manifests would go; default: below the source's bucket.
  std::optional<idempotency::StoreAddress> store;  ///< Where it is kept which jobs are done.
  std::optional<std::string> queue_url;            ///< The queue of jobs ...
  std::optional<aws::JsonService> queue_service;   ///< ... and the SQS that has it; set exactly with `queue_url`.
  std::chrono::seconds function_timeout{900};      ///< Of the function that takes the queue's messages.
};

/// What the checks need of the world. The objects pointed to must outlive the call.
struct DoctorWorld {
  s3::Connection* connection = nullptr;
  const Clock* clock = nullptr;  ///< This machine's.
  Sleeper* sleeper = nullptr;
  Random* random = nullptr;
};

/// Makes every check that the order asks for, with the caller's own credentials, and changes nothing: permissions to
/// write are tried with requests that cannot take effect (a part for an upload that does not exist, an item under a
/// condition that cannot hold). When the credentials cannot be had nothing else is sent.
std::vector<Finding> Examine(const DoctorOrder& order, const DoctorWorld& world, const CallContext& context);

/// The findings for a caller without any credentials, because of `why`; nothing is sent.
std::vector<Finding> ExamineWithoutCredentials(const DoctorOrder& order, const Error& why);

/// The checks one by one.
Finding NoCredentials(const Error& why);
Finding CheckCredentials(const DoctorWorld& world, const CallContext& context);
Finding CheckClock(const DoctorWorld& world);                         ///< After S3 has answered once.
Finding CheckRegion(const DoctorWorld& world, const Bucket& bucket);  ///< Likewise.
std::vector<Finding> CheckSource(const DoctorWorld& world, const CallContext& context, const S3Uri& source);
std::vector<Finding> CheckOutput(const DoctorWorld& world, const CallContext& context, const S3Uri& output);
std::vector<Finding> CheckStore(const DoctorWorld& world, const CallContext& context,
                                const idempotency::StoreAddress& store);
std::vector<Finding> CheckQueue(const aws::JsonService& service, const CallContext& context, const std::string& url,
                                std::chrono::seconds function_timeout);

/// s3:PutObject at `key`, by a part for an upload that does not exist: a server refuses it for the lack of the upload
/// only after it has looked at the permission, and has nowhere to keep it.
Finding CheckWriting(const DoctorWorld& world, const CallContext& context, const Bucket& bucket,
                     const std::string& key);

}  // namespace signpost::provision
