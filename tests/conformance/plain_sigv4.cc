#include "conformance/plain_sigv4.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include <openssl/evp.h>

namespace signpost::plain {
namespace {

std::string Sha256(const std::string& text) {
  unsigned char digest[32];
  if (EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), digest, nullptr) != 1) std::abort();
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

std::string Hmac(const std::string& key, const std::string& text) {
  unsigned char code[32];
  if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.data(), key.size(),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(), code, sizeof code,
                nullptr) == nullptr) {
    std::abort();
  }
  return {reinterpret_cast<const char*>(code), sizeof code};
}

std::string Hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += digits;
  }
  return out;
}

std::string UriEncode(std::string_view bytes, bool encode_slash) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : bytes) {
    if (kPlain.find(c) != std::string_view::npos || (c == '/' && !encode_slash)) {
      out += c;
    } else {
      char escape[4];
      std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
      out += escape;
    }
  }
  return out;
}

std::string Scope(const UrlRequest& request) {
  return request.time.substr(0, 8) + "/" + request.region + "/s3/aws4_request";
}

std::string Query(const UrlRequest& request) {
  std::map<std::string, std::string> sorted;
  const auto add = [&sorted](const std::string& name, const std::string& value) {
    sorted[UriEncode(name, true)] = UriEncode(value, true);
  };
  for (const auto& [name, value] : request.signed_query) add(name, value);
  add("X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  add("X-Amz-Credential", request.access_key_id + "/" + Scope(request));
  add("X-Amz-Date", request.time);
  add("X-Amz-Expires", request.expires_in);
  if (!request.session_token.empty()) add("X-Amz-Security-Token", request.session_token);
  add("X-Amz-SignedHeaders", "host");
  std::string query;
  for (const auto& [name, value] : sorted) query += (query.empty() ? "" : "&") + name + "=" + value;
  return query;
}

std::string Path(const UrlRequest& request, std::string_view key) {
  return request.base_path + "/" + UriEncode(key, false);
}

}  // namespace

std::string CanonicalRequest(const UrlRequest& request, std::string_view key) {
  return "GET\n" + Path(request, key) + "\n" + Query(request) + "\nhost:" + request.host + "\n\nhost\nUNSIGNED-PAYLOAD";
}

std::string PresignedUrl(const UrlRequest& request, std::string_view key) {
  const std::string to_sign =
      "AWS4-HMAC-SHA256\n" + request.time + "\n" + Scope(request) + "\n" + Hex(Sha256(CanonicalRequest(request, key)));
  std::string signing_key = Hmac("AWS4" + request.secret_access_key, request.time.substr(0, 8));
  for (const std::string& part : {request.region, std::string("s3"), std::string("aws4_request")}) {
    signing_key = Hmac(signing_key, part);
  }
  return "https://" + request.host + Path(request, key) + "?" + Query(request) +
         "&X-Amz-Signature=" + Hex(Hmac(signing_key, to_sign));
}

}  // namespace signpost::plain
