#include "s3/list_objects_v2.h"

#include <fmt/format.h>

#include "aws/service_error.h"

namespace signpost::s3 {

Status ListObjectsV2(Client& client, const CallContext& context, const ListObjectsV2Request& request, ListPage* page) {
  Operation operation{
      .what = fmt::format("listing s3://{}", request.bucket.name()), .bucket = request.bucket, .gate = request.gate};
  operation.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"max-keys", std::to_string(request.max_keys)}};
  if (!request.prefix.empty()) operation.query.emplace_back("prefix", request.prefix);
  if (!request.continuation_token.empty()) {
    operation.query.emplace_back("continuation-token", request.continuation_token);
  } else if (!request.start_after.empty()) {
    operation.query.emplace_back("start-after", request.start_after);
  }
  http::Response response;
  response.body = std::move(page->body);
  return client.Send(context, operation, &response, [&](http::Response& answer) -> Status {
    if (aws::IsErrorDocument(answer.body)) return std::unexpected(aws::ServiceError(operation.what, answer));
    page->body.swap(answer.body);
    Status scanned = ScanListPage(page);
    if (!scanned) {
      answer.body.swap(page->body);
      return std::unexpected(std::move(scanned.error()).Within(operation.what));
    }
    return {};
  });
}

}  // namespace signpost::s3
