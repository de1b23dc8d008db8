#include "idempotency/s3_store.h"

#include <utility>

#include <fmt/format.h>

#include "s3/etag.h"
#include "s3/put_object.h"

namespace signpost::idempotency {

std::string S3Store::Describe() const { return fmt::format("s3://{}/{}", address_.bucket.name(), address_.prefix); }

Result<std::optional<Stored>> S3Store::Read(const CallContext& context, const std::string& id) {
  const s3::Operation operation{.what = fmt::format("reading s3://{}/{}", address_.bucket.name(), KeyOf(id)),
                                .bucket = address_.bucket,
                                .key = KeyOf(id)};
  http::Response response;
  Status sent = client_->Send(context, operation, &response);
  if (!sent && sent.error().code == ErrorCode::kNotFound && sent.error().service_code != "NoSuchBucket") {
    return std::nullopt;
  }
  if (!sent) return Forward(sent);
  auto record = FromJson(response.body);
  if (!record) return std::unexpected(std::move(record.error()).Within(operation.what));
  const std::string_view etag = s3::WithoutQuotes(response.headers.Find("etag").value_or(""));
  if (etag.empty()) return Fail(ErrorCode::kDataLoss, operation.what + ": the answer has no ETag");
  return Stored{.record = std::move(*record), .version = std::string(etag)};
}

Result<WriteOutcome> S3Store::Create(const CallContext& context, const Record& record) {
  return Put(context, record, nullptr);
}

Result<WriteOutcome> S3Store::Replace(const CallContext& context, const Stored& seen, const Record& record) {
  return Put(context, record, &seen);
}

Result<WriteOutcome> S3Store::Put(const CallContext& context, const Record& record, const Stored* seen) {
  s3::WriteCondition condition{.if_none_match = seen == nullptr, .if_match = std::nullopt};
  if (seen != nullptr) condition.if_match = seen->version;
  const s3::ObjectAttributes attributes{.content_type = "application/json", .cache_control = "no-store"};
  auto etag =
      s3::PutObject(*client_, context, address_.bucket, KeyOf(record.id), ToJson(record), attributes, condition);
  if (etag) {
    return WriteOutcome{.written = true, .now = Stored{.record = record, .version = std::move(*etag)}};
  }
  const bool vanished = etag.error().code == ErrorCode::kNotFound && etag.error().service_code != "NoSuchBucket";
  if (etag.error().code != ErrorCode::kConflict && !vanished) return Forward(etag);
  auto there = Read(context, record.id);
  if (!there) return Forward(there);
  // An attempt whose answer was lost may have written what the next one ran into.
  const bool is_ours = *there && (*there)->record.IsSameWriteAs(record);
  if (!is_ours && *there && seen != nullptr && (*there)->version == seen->version) {
    return Fail(ErrorCode::kInternal,
                fmt::format("{}: the server refuses If-Match with the present ETag; it cannot keep locks", Describe()));
  }
  return WriteOutcome{.written = is_ours, .now = std::move(*there)};
}

}  // namespace signpost::idempotency
