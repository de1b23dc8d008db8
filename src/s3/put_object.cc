#include "s3/put_object.h"

#include <fmt/format.h>

#include "s3/attempt.h"
#include "s3/crc64nvme.h"
#include "s3/etag.h"
#include "s3/write_headers.h"

namespace signpost::s3 {

Result<std::string> PutObject(Client& client, const CallContext& context, const Bucket& bucket, const std::string& key,
                              std::string_view body, const ObjectAttributes& attributes,
                              const WriteCondition& condition) {
  const std::string checksum = Crc64NvmeHeader(Crc64Nvme(body));
  Operation operation{.what = fmt::format("writing s3://{}/{}", bucket.name(), key),
                      .method = "PUT",
                      .bucket = bucket,
                      .key = key,
                      .body = body,
                      .retry_conditional_conflict = true};
  operation.headers = AttributeHeaders(attributes);
  AddConditionHeaders(condition, &operation.headers);
  operation.headers.emplace_back("x-amz-checksum-crc64nvme", checksum);
  http::Response response;
  Status sent = client.Send(context, operation, &response,
                            [&](http::Response& answer) { return CheckWriteAnswer(operation.what, answer, checksum); });
  if (sent) return std::string(WithoutQuotes(*response.headers.Find("etag")));
  const auto attempt = attributes.metadata.find(kAttemptMetadata);
  if (sent.error().code == ErrorCode::kConflict && attempt != attributes.metadata.end()) {
    // An attempt whose answer was lost may have written the object that the next one ran into.
    if (auto own = FindAttempt(client, context, bucket, key, attempt->second)) return own;
  }
  return Forward(sent);
}

}  // namespace signpost::s3
