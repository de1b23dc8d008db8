#pragma once

#include <string_view>

namespace signpost::s3 {

/// The ETag without the quotes that its header carries (RFC 9110 section 8.8.3).
inline std::string_view WithoutQuotes(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') return etag.substr(1, etag.size() - 2);
  return etag;
}

}  // namespace signpost::s3
