#include "bare_signer.h"

#include <array>
#include <cstring>

#include <openssl/evp.h>
#include <openssl/hmac.h>

// SHA256_Update() is deprecated in OpenSSL 3 in favour of EVP, which takes twice the time for messages this short.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace straight_line {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

std::string Hmac(std::string_view key, std::string_view text) {
  unsigned char code[SHA256_DIGEST_LENGTH];
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), code, nullptr);
  return {reinterpret_cast<const char*>(code), sizeof code};
}

void Absorb(std::string_view text, SHA256_CTX* state) { SHA256_Update(state, text.data(), text.size()); }

SHA256_CTX PaddedKey(std::string key, char pad) {
  key.resize(SHA256_CBLOCK);
  for (char& byte : key) byte = static_cast<char>(byte ^ pad);
  SHA256_CTX state;
  SHA256_Init(&state);
  Absorb(key, &state);
  return state;
}

Digest Finish(SHA256_CTX* state) {
  Digest digest;
  SHA256_Final(digest.data(), state);
  return digest;
}

void WriteHex(const Digest& digest, char* out) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const unsigned char byte : digest) {
    *out++ = kHex[byte >> 4];
    *out++ = kHex[byte & 15];
  }
}

char* Copy(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace

BareSigner::BareSigner(const signpost::plain::UrlRequest& request) {
  const std::string path = request.base_path + "/";
  const std::string canonical = CanonicalRequest(request, "");
  request_tail_ = canonical.substr(std::strlen("GET\n") + path.size());
  const std::string query = request_tail_.substr(1, request_tail_.find('\n', 1) - 1);
  url_head_ = "http://" + request.host + path;
  url_tail_ = "?" + query + "&X-Amz-Signature=";
  SHA256_Init(&request_head_);
  Absorb("GET\n" + path, &request_head_);

  const std::string day = request.time.substr(0, 8);
  const std::string scope = day + "/" + request.region + "/s3/aws4_request";
  std::string key = Hmac("AWS4" + request.secret_access_key, day);
  for (const std::string_view part :
       {std::string_view(request.region), std::string_view("s3"), std::string_view("aws4_request")}) {
    key = Hmac(key, part);
  }
  outer_ = PaddedKey(key, 0x5c);
  to_sign_head_ = PaddedKey(key, 0x36);
  Absorb("AWS4-HMAC-SHA256\n" + request.time + "\n" + scope + "\n", &to_sign_head_);
}

char* BareSigner::WriteUrl(std::string_view key, char* out) const {
  char* const signature = Copy(url_tail_, Copy(key, Copy(url_head_, out)));
  SHA256_CTX state = request_head_;
  Absorb(key, &state);
  Absorb(request_tail_, &state);
  WriteHex(Finish(&state), signature);
  state = to_sign_head_;
  SHA256_Update(&state, signature, 64);
  const Digest inner = Finish(&state);
  state = outer_;
  SHA256_Update(&state, inner.data(), inner.size());
  WriteHex(Finish(&state), signature);
  return signature + 64;
}

}  // namespace straight_line
