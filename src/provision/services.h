#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "aws/json_call.h"
#include "s3/connection.h"

namespace signpost::provision {

/// The control calls of two services, by a connection's settings and credentials. The connection must outlive them.
aws::JsonService DynamoDbOf(s3::Connection* connection, const std::string& table);
aws::JsonService SqsOf(s3::Connection* connection);

/// CallJson() with a JSON value both ways. kUnavailable when the answer is no JSON object.
Result<nlohmann::json> Call(const aws::JsonService& service, const CallContext& context, const std::string& what,
                            const char* action, const nlohmann::json& body);

}  // namespace signpost::provision
