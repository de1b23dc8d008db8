#include "s3/bucket_versioning.h"

#include <string_view>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "aws/service_error.h"

namespace signpost::s3 {

Result<Versioning> GetBucketVersioning(Client& client, const CallContext& context, const Bucket& bucket) {
  const Operation operation{.what = fmt::format("asking whether the bucket {} keeps versions", bucket.name()),
                            .bucket = bucket,
                            .query = {{"versioning", ""}}};
  Versioning versioning = Versioning::kNever;
  http::Response response;
  Status sent = client.Send(context, operation, &response, [&](http::Response& answer) -> Status {
    if (aws::IsErrorDocument(answer.body)) return std::unexpected(aws::ServiceError(operation.what, answer));
    pugi::xml_document document;
    const bool whole = document.load_buffer(answer.body.data(), answer.body.size());
    const pugi::xml_node root = document.document_element();
    if (!whole || std::string_view(root.name()) != "VersioningConfiguration") {
      return Fail(ErrorCode::kUnavailable, fmt::format("{}: the answer is not what S3 says", operation.what));
    }
    const std::string_view status = root.child_value("Status");
    versioning = status == "Enabled"     ? Versioning::kEnabled
                 : status == "Suspended" ? Versioning::kSuspended
                                         : Versioning::kNever;
    return {};
  });
  if (!sent) return Forward(sent);
  return versioning;
}

}  // namespace signpost::s3
