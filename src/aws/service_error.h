#pragma once

#include <string_view>

#include "signpost/error.h"

#include "http/transport.h"

namespace signpost::aws {

/// The Error in an answer of status 300 or more (or an `<Error>` document under 200). Reads S3's and STS's XML and the
/// JSON of the newer services, x-amz-request-id / x-amzn-RequestId, x-amz-bucket-region or `<Region>`, and Retry-After
/// (seconds or a date). The code follows the service's own code where it is known, else the status: 401/403 denied or
/// unauthenticated, 404 not found, 409/412 conflict, 429/503 throttled, other 5xx unavailable. `what` says what was
/// tried.
Error ServiceError(std::string_view what, const http::Response& response);

/// Whether `body` is an XML document with the root `<Error>`, as S3 may send under status 200.
bool IsErrorDocument(std::string_view body);

}  // namespace signpost::aws
