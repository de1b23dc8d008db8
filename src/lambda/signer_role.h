#pragma once

#include <memory>
#include <string>

#include "aws/credentials_provider.h"
#include "base/call_context.h"
#include "job/job_request.h"
#include "s3/connection.h"

namespace signpost::lambda {

/// The credentials of `role_arn`, assumed for one job: for the URLs' life and a minute more, at least STS's least, 15
/// minutes. kInvalidArgument when URLs shall live longer than such a session may: an hour for a role that is assumed
/// with another role's credentials, as in Lambda
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining), 12 hours otherwise; with
/// `urls.allow_short_lived` the session is as long as it may be. `connection` must outlive the result.
Result<std::unique_ptr<aws::CredentialsCache>> AssumeSignerRole(s3::Connection* connection, const CallContext& context,
                                                                const std::string& role_arn,
                                                                const job::UrlOptions& urls);

}  // namespace signpost::lambda
