#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "s3/client.h"

namespace signpost::s3 {

/// What an object carries beside its bytes.
struct ObjectAttributes {
  std::string content_type = "application/octet-stream";
  std::string cache_control;
  std::map<std::string, std::string> metadata;  ///< Becomes x-amz-meta-*; ASCII.
};

/// A condition on the key's present state
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
struct WriteCondition {
  bool if_none_match = false;           ///< `If-None-Match: *`: only if the key does not exist.
  std::optional<std::string> if_match;  ///< Only if the key's ETag is this one (without quotes).
};

/// Writes `body` (at most 5 GiB) in one request, with its CRC-64/NVME, which the server verifies where it knows it, and
/// the body's SHA-256 in the signature. Returns the ETag without quotes. kConflict when the condition does not hold;
/// a lost answer followed by a 412 is resolved by comparing the attempt metadata "signpost-attempt" if it is given.
Result<std::string> PutObject(Client& client, const CallContext& context, const Bucket& bucket, const std::string& key,
                              std::string_view body, const ObjectAttributes& attributes,
                              const WriteCondition& condition = {});

}  // namespace signpost::s3
