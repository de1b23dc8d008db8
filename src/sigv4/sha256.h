#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <openssl/sha.h>

#include "sigv4/block_hash.h"

namespace signpost::sigv4 {

using Digest = std::array<std::uint8_t, SHA256_DIGEST_LENGTH>;

/// SHA-256 (FIPS 180-4) whose state can be copied in the middle: absorb a common beginning once, then continue from a
/// copy for each message. OpenSSL's low-level functions, which take half the time of EVP for short messages; they use
/// the processor's SHA instructions where it has them.
class Sha256 {
 public:
  Sha256();
  void Update(std::string_view bytes);
  void Update(std::span<const std::uint8_t> bytes);
  Digest Finish();

  /// What it takes to go on elsewhere: the state after the last whole block, the bytes after that block, and how many
  /// bytes were absorbed in all.
  BlockState words() const;
  std::string_view rest() const { return {reinterpret_cast<const char*>(state_.data), state_.num}; }
  std::uint64_t size() const { return (std::uint64_t{state_.Nh} << 32 | state_.Nl) / 8; }

 private:
  SHA256_CTX state_;
};

Digest Sha256Of(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104) of one key: both padded key blocks are absorbed once. As good as the key itself, so its
/// bytes are overwritten when it goes, like all that is made of the key on the way.
class HmacKey {
 public:
  explicit HmacKey(std::span<const std::uint8_t> key);
  HmacKey(const HmacKey&) = default;
  HmacKey& operator=(const HmacKey&) = default;
  ~HmacKey();

  /// The inner hash, ready for the message.
  const Sha256& inner() const { return inner_; }
  /// The outer hash, ready for the digest of the inner one.
  const Sha256& outer() const { return outer_; }
  /// The code for a message that was absorbed into a copy of inner().
  Digest Finish(Sha256 inner_with_message) const;
  Digest Sign(std::string_view message) const;
  /// The key that consists of Sign(message).
  HmacKey Derive(std::string_view message) const;

 private:
  Sha256 inner_;
  Sha256 outer_;
};

inline constexpr std::size_t kHexDigits = 2 * SHA256_DIGEST_LENGTH;

/// The digest that a state is when the last block was absorbed.
Digest DigestOf(const BlockState& state);

}  // namespace signpost::sigv4
