#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/transport.h"
#include "s3/put_object.h"

namespace signpost::s3 {

/// Content-Type, Cache-Control and x-amz-meta-*.
std::vector<std::pair<std::string, std::string>> AttributeHeaders(const ObjectAttributes& attributes);

/// If-None-Match, If-Match.
void AddConditionHeaders(const WriteCondition& condition, std::vector<std::pair<std::string, std::string>>* headers);

/// kUnavailable when the answer to a PUT lacks an ETag or echoes another CRC-64/NVME than `checksum` (the header's
/// form): the bytes are not known to have arrived, so the write is sent again.
Status CheckWriteAnswer(std::string_view what, const http::Response& answer, std::string_view checksum);

}  // namespace signpost::s3
