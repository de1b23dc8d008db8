#include "s3/get_object.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/bytes.h"
#include "http/content_range.h"
#include "s3/etag.h"

namespace signpost::s3 {
namespace {

constexpr std::string_view kMetadataPrefix = "x-amz-meta-";

}  // namespace

Result<ObjectHead> HeadObject(Client& client, const CallContext& context, const Bucket& bucket,
                              const std::string& key) {
  const Operation operation{
      .what = fmt::format("asking for s3://{}/{}", bucket.name(), key), .method = "HEAD", .bucket = bucket, .key = key};
  http::Response response;
  Status sent = client.Send(context, operation, &response);
  if (!sent) return Forward(sent);
  ObjectHead head;
  const std::string_view size = response.headers.Find("content-length").value_or("");
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), head.size);
  if (error != std::errc() || end != size.data() + size.size()) {
    return Fail(ErrorCode::kDataLoss, operation.what + ": the answer has no Content-Length");
  }
  head.etag = WithoutQuotes(response.headers.Find("etag").value_or(""));
  head.content_type = response.headers.Find("content-type").value_or("");
  head.storage_class = response.headers.Find("x-amz-storage-class").value_or("STANDARD");
  for (const auto& [name, value] : response.headers.fields()) {
    const std::string lower = LowerCase(name);
    if (lower.starts_with(kMetadataPrefix)) head.metadata[lower.substr(kMetadataPrefix.size())] = value;
  }
  return head;
}

Result<std::string> GetObjectRange(Client& client, const CallContext& context, const Bucket& bucket,
                                   const std::string& key, ByteRange range,
                                   const std::optional<std::string>& if_match) {
  if (range.length == 0) return std::string();
  Operation operation{.what = fmt::format("reading s3://{}/{}", bucket.name(), key), .bucket = bucket, .key = key};
  operation.headers.emplace_back("range", fmt::format("bytes={}-{}", range.first, range.first + range.length - 1));
  if (if_match) operation.headers.emplace_back("if-match", '"' + *if_match + '"');
  http::Response response;
  Status sent = client.Send(context, operation, &response, [&](http::Response& answer) -> Status {
    // A server that does not know ranges sends the whole; only its beginning can be told apart from the range.
    if (answer.status != 206 && range.first != 0) {
      return Fail(ErrorCode::kInternal, operation.what + ": the server does not serve byte ranges");
    }
    return {};
  });
  if (!sent) return Forward(sent);
  if (response.body.size() > range.length) response.body.resize(range.length);
  return std::move(response.body);
}

Result<ObjectTail> GetObjectTail(Client& client, const CallContext& context, const Bucket& bucket,
                                 const std::string& key, std::uint64_t length) {
  Operation operation{.what = fmt::format("reading s3://{}/{}", bucket.name(), key), .bucket = bucket, .key = key};
  operation.headers.emplace_back("range", fmt::format("bytes=-{}", length));
  http::Response response;
  Status sent = client.Send(context, operation, &response);
  if (!sent && sent.error().http_status != 416) return Forward(sent);
  if (sent && response.status == 206) {
    const auto range = http::ParseContentRange(response.headers.Find("content-range").value_or(""));
    if (range && range->length == std::min(length, range->size) && range->first + range->length == range->size &&
        response.body.size() == range->length) {
      return ObjectTail{std::move(response.body), range->size,
                        std::string(WithoutQuotes(response.headers.Find("etag").value_or("")))};
    }
  }
  // An empty object has no last byte, and some servers know no suffix ranges.
  auto head = HeadObject(client, context, bucket, key);
  if (!head) return Forward(head);
  const std::uint64_t wanted = std::min(length, head->size);
  auto bytes = GetObjectRange(client, context, bucket, key, {head->size - wanted, wanted}, head->etag);
  if (!bytes) return Forward(bytes);
  return ObjectTail{std::move(*bytes), head->size, std::move(head->etag)};
}

}  // namespace signpost::s3
