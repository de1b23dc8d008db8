#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sigv4/block_hash.h"
#include "sigv4/known_tail.h"
#include "sigv4/sha256.h"

namespace signpost::sigv4 {

/// What all URLs of one Presigner have in common, hashed as far as it goes.
struct PresignMidstates {
  Sha256 request_head;  ///< Has absorbed PresignPlan::request_head.
  Sha256 to_sign_head;  ///< The inner hash of `key`, has absorbed PresignPlan::to_sign_head.
  HmacKey key;
};

/// The signatures of several URLs, hashed together. Lays each message out as padded blocks (FIPS 180-4 section 5.1.1)
/// from where the common beginning ends, but for the blocks that are all of the common tail, so that HashBlocks() has
/// nothing to do but compress. Not thread-safe.
class SignatureBatch {
 public:
  static constexpr std::size_t kMost = 16;

  /// Both must outlive the batch; `request_tail` is PresignPlan's, which is longer than a block.
  SignatureBatch(const PresignMidstates* midstates, const KnownTail* request_tail);

  bool full() const { return size_ == kMost; }

  /// Takes in the URL of the key with the percent-encoded form `path`; its signature will go to `position`. Not when
  /// full().
  void Add(std::string_view path, std::size_t position);

  /// Writes the signature of each URL, kHexDigits lower-case hex digits, to `text` + its position, and is empty again.
  void Write(char* text);

 private:
  /// The canonical request of one URL. All but the path stays for the next one whose path is as long.
  struct Request {
    std::size_t path_bytes = 0;
    std::string blocks;  ///< Those before the known ones, then those after them; if none are known, all are before.
    std::size_t blocks_before = 0;
    std::size_t blocks_after = 0;
    std::size_t known_from = 0;  ///< In the tail.
    std::size_t position = 0;    ///< Where the signature will go.
  };

  /// The same message for each URL, but for the bytes that a digest takes.
  class Template {
   public:
    /// After `head`, `variable` bytes to come.
    Template(const Sha256& head, std::size_t variable);
    char* variable(std::size_t i) { return blocks_.data() + i * blocks_each_ * SHA256_CBLOCK + offset_; }
    BlockRun Run(std::size_t i, BlockState* state) const;

   private:
    std::size_t offset_;
    std::size_t blocks_each_;
    std::string blocks_;
  };

  /// Lays out all but the path.
  void LayOut(std::size_t path_bytes, Request* request) const;
  void HashRequests(std::span<BlockState> states);

  const PresignMidstates* midstates_;
  const KnownTail* request_tail_;
  std::string request_end_;  // the tail, and what padding can follow it

  std::size_t size_ = 0;
  std::array<Request, kMost> requests_;
  Template to_sign_;
  Template outer_;
};

}  // namespace signpost::sigv4
