#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "s3/client.h"
#include "s3/put_object.h"

namespace signpost::s3 {

/// Limits of a multipart upload (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
inline constexpr int kMaxParts = 10'000;
inline constexpr std::uint64_t kMinPartBytes = 5 << 20;  ///< All but the last.

/// An upload under way. It costs storage until it is completed or aborted.
struct MultipartUpload {
  Bucket bucket;
  std::string key;
  std::string upload_id;
  std::string attempt_id;  ///< Random; stored as metadata "signpost-attempt" to recognise our own object later.
};

struct UploadedPart {
  int number = 0;  ///< 1 to 10,000.
  std::string etag;
  std::uint64_t size = 0;
  std::optional<std::uint64_t> crc64nvme;  ///< Unknown for a part read back from ListParts().
};

Result<MultipartUpload> CreateMultipartUpload(Client& client, const CallContext& context, const Bucket& bucket,
                                              const std::string& key, const ObjectAttributes& attributes,
                                              const std::string& attempt_id);

/// Uploads one part with its CRC-64/NVME. An answer without an ETag, or that echoes another checksum, is retried as a
/// failure. Parts may be sent in any order, concurrently.
Result<UploadedPart> UploadPart(Client& client, const CallContext& context, const MultipartUpload& upload, int number,
                                std::string_view body);

/// All parts the server holds, in ascending order (paged inside).
Result<std::vector<UploadedPart>> ListParts(Client& client, const CallContext& context, const MultipartUpload& upload);

/// Publishes the object. Waits through S3's white space while it assembles, reads an `<Error>` under status 200, and,
/// when the answer was lost and a retry says NoSuchUpload or 412, asks with HeadObject whether the key now carries our
/// attempt id: then it succeeded. Returns the ETag.
Result<std::string> CompleteMultipartUpload(Client& client, const CallContext& context, const MultipartUpload& upload,
                                            const std::vector<UploadedPart>& parts,
                                            const WriteCondition& condition = {});

/// Removes the upload and its parts; an upload that is gone already is a success.
Status AbortMultipartUpload(Client& client, const CallContext& context, const MultipartUpload& upload);

}  // namespace signpost::s3
