#pragma once

#include <string>

#include "s3/client.h"
#include "s3/list_page.h"

namespace signpost::s3 {

struct ListObjectsV2Request {
  Bucket bucket;
  std::string prefix;              ///< Raw bytes, at most 1,024.
  std::string start_after;         ///< Raw; ignored by S3 with a continuation token, so only one may be set.
  std::string continuation_token;  ///< As the page before gave it; never decoded.
  int max_keys = 1000;             ///< 1 to 1,000.
  AttemptGate* gate = nullptr;     ///< May be null.
};

/// Fetches and scans one page (GET /?list-type=2&encoding-type=url,
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html). A page that is cut, is not XML or has
/// another root is asked for again; see ScanListPage(). `*page` is reused between calls to keep its memory.
Status ListObjectsV2(Client& client, const CallContext& context, const ListObjectsV2Request& request, ListPage* page);

}  // namespace signpost::s3
