#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "signpost/error.h"

#include "aws/environment.h"
#include "aws/settings.h"
#include "idempotency/store_address.h"
#include "job/job_request.h"
#include "lambda/allow_list.h"
#include "lambda/log.h"

namespace signpost::lambda {

/// The function's configuration: what its environment variables say, read once. Nothing of it can come from an event.
struct FunctionSettings {
  AllowList allow;                                    ///< SIGNPOST_ALLOW.
  std::optional<S3Uri> output;                        ///< SIGNPOST_OUTPUT; a root, see ParseRoot().
  idempotency::StoreAddress idempotency;              ///< SIGNPOST_IDEMPOTENCY, or DEDUP_TABLE.
  std::chrono::seconds dedup_ttl{86'400};             ///< SIGNPOST_DEDUP_TTL.
  std::optional<std::string> signer_role_arn;         ///< SIGNPOST_SIGNER_ROLE_ARN.
  std::chrono::seconds max_expires_in{604'800};       ///< SIGNPOST_MAX_EXPIRES_IN.
  LogLevel log_level = LogLevel::kInfo;               ///< SIGNPOST_LOG_LEVEL.
  std::string function_name;                          ///< AWS_LAMBDA_FUNCTION_NAME.
  std::size_t memory_bytes = std::size_t{128} << 20;  ///< AWS_LAMBDA_FUNCTION_MEMORY_SIZE.
  aws::Settings aws;
};

/// All that is wrong is told in one message, kInvalidArgument.
Result<FunctionSettings> ReadSettings(const aws::Environment& environment);

}  // namespace signpost::lambda
