#include "idempotency/store_address.h"

#include <algorithm>

#include <fmt/format.h>

namespace signpost::idempotency {
namespace {

constexpr std::string_view kDynamoDb = "dynamodb://";

/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html; the ':' and
/// '/' are an ARN's.
bool IsTable(std::string_view table) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  if (table.starts_with("arn:")) {
    const std::size_t slash = table.find(":table/");
    return table.size() <= 1024 && slash != std::string_view::npos && IsTable(table.substr(slash + 7));
  }
  return table.size() >= 3 && table.size() <= 255 && std::ranges::all_of(table, allowed);
}

}  // namespace

Region RegionOf(const DynamoDbAddress& address, const Region& otherwise) {
  // "arn:aws:dynamodb:REGION:ACCOUNT:table/NAME"
  std::string_view rest = address.table;
  if (!rest.starts_with("arn:")) return otherwise;
  for (int i = 0; i < 3; ++i) rest.remove_prefix(std::min(rest.find(':') + 1, rest.size()));
  return {std::string(rest.substr(0, rest.find(':')))};
}

Result<StoreAddress> ParseStoreAddress(std::string_view text) {
  if (text == "off") return NoStore{};
  if (text.starts_with(kDynamoDb)) {
    const std::string_view table = text.substr(kDynamoDb.size());
    if (IsTable(table)) return DynamoDbAddress{std::string(table)};
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' does not name a table (3 to 255 of a-z A-Z 0-9 _ - . or its ARN)", text));
  }
  if (!text.starts_with("s3://")) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not dynamodb://TABLE, s3://BUCKET/PREFIX/ or off", text));
  }
  auto uri = S3Uri::Parse(text);
  if (!uri) return Forward(uri);
  if (!uri->key.empty() && !uri->key.ends_with('/')) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' does not end in '/'", text));
  }
  return S3Address{std::move(uri->bucket), std::move(uri->key)};
}

}  // namespace signpost::idempotency
