#pragma once

#include <optional>
#include <string>

#include "idempotency/store.h"
#include "idempotency/store_address.h"
#include "s3/client.h"

namespace signpost::idempotency {

/// One small JSON object for each record, PREFIX + id, written with If-None-Match: * and If-Match
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). Needs s3:GetObject, s3:PutObject
/// and, to tell a missing record from a forbidden one, s3:ListBucket. Nothing is ever deleted: a lifecycle rule should
/// expire the prefix after the records' life. Servers that do not obey If-Match (kInternal) cannot be used.
class S3Store final : public Store {
 public:
  /// `client` must outlive this object.
  S3Store(S3Address address, s3::Client* client) : address_(std::move(address)), client_(client) {}

  Result<std::optional<Stored>> Read(const CallContext& context, const std::string& id) override;
  Result<WriteOutcome> Create(const CallContext& context, const Record& record) override;
  Result<WriteOutcome> Replace(const CallContext& context, const Stored& seen, const Record& record) override;
  std::string Describe() const override;

 private:
  std::string KeyOf(const std::string& id) const { return address_.prefix + id; }
  Result<WriteOutcome> Put(const CallContext& context, const Record& record, const Stored* seen);

  const S3Address address_;
  s3::Client* const client_;
};

}  // namespace signpost::idempotency
