#pragma once

#include <mutex>
#include <optional>

#include "signpost/presigner.h"

#include "sigv4/known_tail.h"
#include "sigv4/presign_plan.h"
#include "sigv4/signature_batch.h"

namespace signpost {

/// Never changes as seen from outside, so that copies of a Presigner and its batches share it.
struct Presigner::State {
  sigv4::PresignPlan plan;
  sigv4::PresignMidstates midstates;

  State(sigv4::PresignPlan the_plan, const sigv4::HmacKey& key);

  /// The plan's request_tail, made ready for batches when the first one asks.
  const sigv4::KnownTail& KnownRequestTail() const;

  /// The longest URL of a key of `size` bytes, and the byte over that WritePercentEncoded() needs.
  std::size_t MostUrlBytes(std::size_t size) const;

  struct UnsignedUrl {
    std::string_view path;  ///< The percent-encoded key.
    char* signature;        ///< Where the signature goes, which ends the URL.
  };
  /// Writes all but the signature to `out`, which has room for MostUrlBytes().
  UnsignedUrl WriteUnsignedUrl(std::string_view key, char* out) const;

 private:
  mutable std::once_flag known_request_tail_made_;
  mutable std::optional<sigv4::KnownTail> known_request_tail_;
};

}  // namespace signpost
