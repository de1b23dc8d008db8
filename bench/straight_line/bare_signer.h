#pragma once

#include <string>
#include <string_view>

#include <openssl/sha.h>

#include "conformance/plain_sigv4.h"

namespace straight_line {

/// Signs URLs of keys that need no percent-encoding (A-Z a-z 0-9 - . _ ~ /) with OpenSSL's low-level SHA-256 and what
/// can be hashed once hashed once. Checks nothing.
class BareSigner {
 public:
  explicit BareSigner(const signpost::plain::UrlRequest& request);

  /// Writes "http://..." to `out`, at most most_bytes() and the key; returns its end.
  char* WriteUrl(std::string_view key, char* out) const;
  std::size_t most_bytes() const { return url_head_.size() + url_tail_.size() + 64; }

 private:
  std::string url_head_;
  std::string url_tail_;
  std::string request_tail_;
  SHA256_CTX request_head_;  // has absorbed "GET\n/bucket/"
  SHA256_CTX to_sign_head_;  // the inner HMAC: the padded key and all before the request's hash
  SHA256_CTX outer_;         // the outer HMAC: the padded key
};

}  // namespace straight_line
