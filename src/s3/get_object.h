#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "s3/client.h"

namespace signpost::s3 {

struct ObjectHead {
  std::uint64_t size = 0;
  std::string etag;  ///< Without the quotes.
  std::string content_type;
  std::string storage_class;                    ///< "STANDARD" when left out.
  std::map<std::string, std::string> metadata;  ///< Names without "x-amz-meta-", lower case.
};

Result<ObjectHead> HeadObject(Client& client, const CallContext& context, const Bucket& bucket, const std::string& key);

/// Bytes `first` to `first + length - 1` of an object; fewer where it ends. With `etag`, kConflict if the object
/// changed.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

Result<std::string> GetObjectRange(Client& client, const CallContext& context, const Bucket& bucket,
                                   const std::string& key, ByteRange range,
                                   const std::optional<std::string>& if_match = std::nullopt);

/// The end of an object, and what it is the end of.
struct ObjectTail {
  std::string bytes;
  std::uint64_t size = 0;  ///< Of the whole object.
  std::string etag;        ///< Without the quotes.
};

/// The last `length` bytes of an object, or all of a shorter one: one request where the server knows suffix ranges (RFC
/// 9110 section 14.1.2) as S3 does, for an empty object and elsewhere two or three.
Result<ObjectTail> GetObjectTail(Client& client, const CallContext& context, const Bucket& bucket,
                                 const std::string& key, std::uint64_t length);

}  // namespace signpost::s3
