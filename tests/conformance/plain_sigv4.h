#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signpost::plain {

/// The arguments of one presigned URL, as text.
struct UrlRequest {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  ///< Empty for none.
  std::string host;
  std::string base_path;  ///< "" or "/bucket".
  std::string region;
  std::string time;  ///< "20260101T000000Z".
  std::string expires_in;
  std::vector<std::pair<std::string, std::string>> signed_query;  ///< Raw.
};

/// Signature Version 4 word for word from its description, every text whole and every hash in one go through EVP: slow,
/// and sharing nothing with the library. `key` is raw bytes.
/// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
std::string PresignedUrl(const UrlRequest& request, std::string_view key);

/// The canonical request that PresignedUrl() signs.
std::string CanonicalRequest(const UrlRequest& request, std::string_view key);

}  // namespace signpost::plain
