#include "s3/write_headers.h"

#include <fmt/format.h>

#include "s3/etag.h"

namespace signpost::s3 {

std::vector<std::pair<std::string, std::string>> AttributeHeaders(const ObjectAttributes& attributes) {
  std::vector<std::pair<std::string, std::string>> headers = {{"content-type", attributes.content_type}};
  if (!attributes.cache_control.empty()) headers.emplace_back("cache-control", attributes.cache_control);
  for (const auto& [name, value] : attributes.metadata) headers.emplace_back("x-amz-meta-" + name, value);
  return headers;
}

void AddConditionHeaders(const WriteCondition& condition, std::vector<std::pair<std::string, std::string>>* headers) {
  if (condition.if_none_match) headers->emplace_back("if-none-match", "*");
  if (condition.if_match) headers->emplace_back("if-match", '"' + *condition.if_match + '"');
}

Status CheckWriteAnswer(std::string_view what, const http::Response& answer, std::string_view checksum) {
  const auto etag = answer.headers.Find("etag");
  if (!etag || WithoutQuotes(*etag).empty()) {
    return Fail(ErrorCode::kUnavailable, fmt::format("{}: the answer has no ETag", what));
  }
  const auto echoed = answer.headers.Find("x-amz-checksum-crc64nvme");
  if (echoed && *echoed != checksum) {
    return Fail(ErrorCode::kUnavailable, fmt::format("{}: the server received other bytes (checksum {} instead of {})",
                                                     what, *echoed, checksum));
  }
  return {};
}

}  // namespace signpost::s3
