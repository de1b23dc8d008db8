#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signpost/error.h"

namespace signpost::s3 {

/// One `<Contents>` of a list page. The views point into the ListPage that holds it.
struct ListedObject {
  std::string_view key;            ///< Decoded: the object's own bytes.
  std::uint64_t size = 0;          ///< Bytes.
  std::string_view etag;           ///< Without the quotes; may be empty.
  std::string_view last_modified;  ///< As sent: RFC 3339, UTC.
  std::string_view storage_class;  ///< "STANDARD" when the server leaves it out.
};

/// One answer of ListObjectsV2, decoded. Move-only; reuse one to keep its memory.
class ListPage {
 public:
  ListPage() = default;
  ListPage(const ListPage&) = delete;
  ListPage& operator=(const ListPage&) = delete;
  ListPage(ListPage&&) = default;
  ListPage& operator=(ListPage&&) = default;

  std::vector<ListedObject> objects;  ///< In the server's order.
  bool is_truncated = false;
  std::string next_continuation_token;  ///< Set exactly when is_truncated.

  std::string body;  ///< The answer that the views point into; decoded in place.
};

/// Scans the answer in `page->body` into the other fields. Strict: it accepts one complete `<ListBucketResult>`
/// document and nothing else. Decodes XML entities, then, where the answer says `<EncodingType>url`, `+` and `%XX` (S3
/// writes a space as `+`, others as `%20`; `/` plain or as `%2F`); the continuation token is never percent-decoded.
/// Unknown elements are passed over.
///
/// kUnavailable (so that the page is asked for again) when the document is cut, malformed or of another root; kDataLoss
/// when it is well-formed and contradicts itself: truncated without a token, a key over 1,024 bytes, a malformed size.
Status ScanListPage(ListPage* page);

}  // namespace signpost::s3
