#include "s3/attempt.h"

#include <fmt/format.h>

#include "s3/get_object.h"

namespace signpost::s3 {

Result<std::string> FindAttempt(Client& client, const CallContext& context, const Bucket& bucket,
                                const std::string& key, const std::string& attempt_id) {
  auto head = HeadObject(client, context, bucket, key);
  if (!head) return Forward(head);
  const auto attempt = head->metadata.find(kAttemptMetadata);
  if (attempt == head->metadata.end() || attempt->second != attempt_id) {
    return Fail(ErrorCode::kConflict, fmt::format("s3://{}/{} was written by somebody else", bucket.name(), key));
  }
  return std::move(head->etag);
}

}  // namespace signpost::s3
