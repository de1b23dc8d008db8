#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "signpost/error.h"
#include "signpost/signing_scope.h"

#include "base/bucket.h"

namespace signpost::idempotency {

/// A DynamoDB table with the string key `id`.
struct DynamoDbAddress {
  std::string table;  ///< A name or an ARN.
};

/// Where the table is: an ARN's own region, else `otherwise`.
Region RegionOf(const DynamoDbAddress& address, const Region& otherwise);

/// A bucket, and the beginning of the keys of the records in it: empty or ending in '/'.
struct S3Address {
  Bucket bucket;
  std::string prefix;
};

struct NoStore {};

using StoreAddress = std::variant<NoStore, DynamoDbAddress, S3Address>;

/// `dynamodb://TABLE`, `s3://BUCKET/PREFIX/` or `off`.
Result<StoreAddress> ParseStoreAddress(std::string_view text);

}  // namespace signpost::idempotency
