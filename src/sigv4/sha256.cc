#include "sigv4/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <type_traits>

#include <openssl/crypto.h>

// Deprecated in OpenSSL 3 in favour of EVP, which cannot copy a state without allocating.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace signpost::sigv4 {
namespace {

constexpr std::uint8_t kInnerPad = 0x36;
constexpr std::uint8_t kOuterPad = 0x5c;

/// Overwrites what the optimiser could otherwise see as dead.
template <typename T>
void Wipe(T* secret) {
  static_assert(std::is_trivially_copyable_v<T>);
  OPENSSL_cleanse(secret, sizeof *secret);
}

}  // namespace

Sha256::Sha256() { SHA256_Init(&state_); }

void Sha256::Update(std::string_view bytes) { SHA256_Update(&state_, bytes.data(), bytes.size()); }

void Sha256::Update(std::span<const std::uint8_t> bytes) { SHA256_Update(&state_, bytes.data(), bytes.size()); }

Digest Sha256::Finish() {
  Digest digest;
  SHA256_Final(digest.data(), &state_);
  return digest;
}

BlockState Sha256::words() const {
  BlockState words;
  std::ranges::copy(state_.h, words.begin());
  return words;
}

Digest Sha256Of(std::string_view bytes) {
  Sha256 hash;
  hash.Update(bytes);
  return hash.Finish();
}

HmacKey::HmacKey(std::span<const std::uint8_t> key) {
  std::array<std::uint8_t, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    Sha256 hash;
    hash.Update(key);
    Digest short_key = hash.Finish();
    std::ranges::copy(short_key, block.begin());
    Wipe(&short_key);
  } else {
    std::ranges::copy(key, block.begin());
  }
  for (std::uint8_t& byte : block) byte ^= kInnerPad;
  inner_.Update(std::span<const std::uint8_t>(block));
  for (std::uint8_t& byte : block) byte ^= kInnerPad ^ kOuterPad;
  outer_.Update(std::span<const std::uint8_t>(block));
  Wipe(&block);
}

HmacKey::~HmacKey() {
  Wipe(&inner_);
  Wipe(&outer_);
}

Digest HmacKey::Finish(Sha256 inner_with_message) const {
  const Digest inner_digest = inner_with_message.Finish();
  Sha256 outer = outer_;
  outer.Update(std::span<const std::uint8_t>(inner_digest));
  return outer.Finish();
}

Digest HmacKey::Sign(std::string_view message) const {
  Sha256 inner = inner_;
  inner.Update(message);
  return Finish(inner);
}

HmacKey HmacKey::Derive(std::string_view message) const {
  Digest bytes = Sign(message);
  const HmacKey derived(bytes);
  Wipe(&bytes);
  return derived;
}

Digest DigestOf(const BlockState& state) {
  static_assert(std::endian::native == std::endian::little);
  // Of all words at once: whoever reads the digest sixteen bytes at a time need not wait for single ones to be written.
  using Words = std::uint32_t __attribute__((vector_size(sizeof(Digest))));
  Words words;
  std::memcpy(&words, state.data(), sizeof words);
  words = words << 16 | words >> 16;
  words = (words & 0x00ff00ff) << 8 | (words >> 8 & 0x00ff00ff);
  Digest digest;
  std::memcpy(digest.data(), &words, sizeof words);
  return digest;
}

}  // namespace signpost::sigv4
