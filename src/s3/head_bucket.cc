#include "s3/head_bucket.h"

#include <fmt/format.h>

namespace signpost::s3 {

Status HeadBucket(Client& client, const CallContext& context, const Bucket& bucket) {
  const Operation operation{
      .what = fmt::format("asking for the bucket {}", bucket.name()), .method = "HEAD", .bucket = bucket};
  http::Response response;
  Status sent = client.Send(context, operation, &response);
  if (!sent && sent.error().http_status == 403 && !sent.error().region.empty()) return {};
  return sent;
}

}  // namespace signpost::s3
