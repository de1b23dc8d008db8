#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "testing/key_shape.h"

namespace signpost::testing {

/// The parameters of one ListObjectsV2 request, raw.
struct SyntheticListRequest {
  std::string_view bucket = {};
  std::string_view prefix = {};
  std::string_view start_after = {};
  std::string_view continuation_token = {};  ///< Wins over `start_after`, as on S3.
  std::uint64_t max_keys = 1000;             ///< Keys on the page; no cap is applied here.
  bool encode_url = false;                   ///< `encoding-type=url`: S3's form encoding, a space is `+`.
};

/// The `<Contents>` besides its key, computed from the object's index.
struct SyntheticObject {
  std::uint64_t size = 0;       ///< Below 2^24 bytes.
  std::uint64_t etag_high = 0;  ///< The ETag is the hex of these two, 32 digits.
  std::uint64_t etag_low = 0;
};

SyntheticObject SyntheticObjectAt(std::uint64_t index);

/// Replaces `*body` with the answer to `request` over `shape`, byte for byte in S3's form. Keeps the memory of `*body`
/// between calls and allocates nothing for a key. False when the continuation token is not one of ours.
bool RenderListPage(const KeyShape& shape, const SyntheticListRequest& request, std::string* body);

/// Appends `raw` as S3 writes it under `encoding-type=url`: A-Z a-z 0-9 - . _ * / kept, a space as `+`, the rest %XX.
void AppendS3UrlEncoded(std::string_view raw, std::string* out);

/// Appends `raw` as XML text; what XML 1.0 cannot carry becomes a numeric reference, as S3 has it.
void AppendXmlText(std::string_view raw, std::string* out);

}  // namespace signpost::testing
