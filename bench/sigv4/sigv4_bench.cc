// URLs per second that one Presigner signs in one thread, one by one and in batches, without and with a session token,
// beside the rate at which OpenSSL alone hashes as many 64-byte blocks. First the URLs are checked against a plain
// signer. With --check nothing is timed.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <openssl/sha.h>

#include "signpost/presigner.h"
#include "signpost/url_batch.h"

#include "conformance/plain_sigv4.h"
#include "testing/key_shape.h"

// SHA256_Update() is deprecated in OpenSSL 3 in favour of EVP; it is what the signer has to be measured against.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace {

using Seconds = std::chrono::duration<double>;
using signpost::Presigner;

constexpr std::size_t kPage = 1'000;
constexpr int kKeys = 2 * kPage;
constexpr int kRounds = 200;

std::vector<std::string> KeysOf(const char* shape_name) {
  std::vector<std::string> keys(kKeys);
  const auto shape = signpost::testing::MakeKeyShape(shape_name, kKeys).value();
  for (int i = 0; i < kKeys; ++i) shape->KeyAt(static_cast<std::uint64_t>(i), &keys[i]);
  return keys;
}

signpost::plain::UrlRequest RequestWith(std::string session_token) {
  return {.access_key_id = "AKIDEXAMPLE",
          .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
          .session_token = std::move(session_token),
          .host = "data.s3.us-east-1.amazonaws.com",
          .region = "us-east-1",
          .time = "20260101T000000Z",
          .expires_in = "86400"};
}

Presigner PresignerOf(const signpost::plain::UrlRequest& request) {
  signpost::Credentials credentials;
  credentials.access_key_id = request.access_key_id;
  credentials.secret_access_key = signpost::SecretString(request.secret_access_key);
  credentials.session_token = signpost::SecretString(request.session_token);
  const signpost::SigningScope scope{.region = {request.region},
                                     .time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1),
                                     .expires_in = std::chrono::hours(24)};
  return Presigner::Create(credentials, {.host = request.host}, scope).value();
}

bool SignsAsPlainly(const Presigner& presigner, const signpost::plain::UrlRequest& request,
                    const std::vector<std::string>& keys) {
  std::string urls;
  for (const std::string& key : keys) {
    const std::size_t start = urls.size();
    presigner.AppendGetUrl(key, &urls);
    if (urls.substr(start) != PresignedUrl(request, key)) {
      fmt::print(stderr, "the URL of '{}' is not what the plain signer makes\n", key);
      return false;
    }
  }
  std::string batch_urls;
  signpost::UrlBatch batch(presigner, &batch_urls);
  for (const std::string& key : keys) batch.AppendGetUrl(key);
  batch.Finish();
  if (batch_urls == urls) return true;
  fmt::print(stderr, "the batch does not make the URLs that are made one by one\n");
  return false;
}

/// Compressions of one URL: the request from its first block on, then what depends on the request's hash: the last
/// bytes of the string to sign, and the outer HMAC.
std::size_t BlocksOf(const signpost::plain::UrlRequest& request, const std::string& key) {
  const auto padded = [](std::size_t bytes) { return (bytes + 1 + 8 + 63) / 64; };
  const std::size_t to_sign_head =
      std::strlen("AWS4-HMAC-SHA256\n20260101T000000Z\n20260101//s3/aws4_request\n") + request.region.size();
  return padded(CanonicalRequest(request, key).size()) + padded(to_sign_head % 64 + 64) + 1;
}

/// One round of signing all keys, as rows of a manifest are: appended to a buffer that was used before.
Seconds SignAll(const Presigner& presigner, const std::vector<std::string>& keys, std::string* buffer) {
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i % kPage == 0) buffer->clear();
    presigner.AppendGetUrl(keys[i], buffer);
  }
  return std::chrono::steady_clock::now() - start;
}

/// The same with a batch for each page.
Seconds SignAllInBatches(const Presigner& presigner, const std::vector<std::string>& keys, std::string* buffer) {
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t begin = 0; begin < keys.size(); begin += kPage) {
    buffer->clear();
    signpost::UrlBatch batch(presigner, buffer);
    for (std::size_t i = begin; i < begin + kPage; ++i) batch.AppendGetUrl(keys[i]);
    batch.Finish();
  }
  return std::chrono::steady_clock::now() - start;
}

/// One round of hashing as many blocks for each key, one call for each, with nothing set up or finished.
Seconds HashAll(const std::vector<std::size_t>& blocks) {
  static const std::string bytes(64 * 64, 'x');
  SHA256_CTX state;
  SHA256_Init(&state);
  const auto start = std::chrono::steady_clock::now();
  for (const std::size_t count : blocks) SHA256_Update(&state, bytes.data(), count * 64);
  return std::chrono::steady_clock::now() - start;
}

/// Signing both ways and hashing in turns, each one's best round: the machine's other work only ever slows a round
/// down.
void Measure(std::string_view title, const Presigner& presigner, const signpost::plain::UrlRequest& request,
             const std::vector<std::string>& keys) {
  std::vector<std::size_t> blocks;
  std::size_t sum = 0;
  std::size_t key_bytes = 0;
  for (const std::string& key : keys) {
    sum += blocks.emplace_back(BlocksOf(request, key));
    key_bytes += key.size();
  }
  Seconds signing{1e9};
  Seconds batches{1e9};
  Seconds hashing{1e9};
  std::string buffer;
  for (int round = 0; round < kRounds; ++round) {
    signing = std::min(signing, SignAll(presigner, keys, &buffer));
    batches = std::min(batches, SignAllInBatches(presigner, keys, &buffer));
    hashing = std::min(hashing, HashAll(blocks));
  }
  fmt::print(
      "{:25} {:5.2f} M URLs/s in batches, {:.2f} M/s one by one, {:.2f} M/s hashing alone ({:.1f} blocks a URL of a "
      "key "
      "of {:.0f} bytes)\n",
      title, kKeys / batches.count() / 1e6, kKeys / signing.count() / 1e6, kKeys / hashing.count() / 1e6,
      static_cast<double>(sum) / kKeys, static_cast<double>(key_bytes) / kKeys);
}

}  // namespace

int main(int argc, char** argv) {
  const bool check_only = argc > 1 && std::strcmp(argv[1], "--check") == 0;
  for (const char* shape : {"dates", "uuid", "hostile"}) {
    const std::vector<std::string> keys = KeysOf(shape);
    for (const bool token : {false, true}) {
      const auto request = RequestWith(token ? std::string(1000, 'T') : "");
      const Presigner presigner = PresignerOf(request);
      if (!SignsAsPlainly(presigner, request, keys)) return 1;
      if (!check_only) Measure(fmt::format("{}{}", shape, token ? ", 1,000-byte token" : ""), presigner, request, keys);
    }
  }
  return 0;
}
