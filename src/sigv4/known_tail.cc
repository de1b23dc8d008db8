#include "sigv4/known_tail.h"

#include <span>
#include <utility>

namespace signpost::sigv4 {
namespace {

/// With fewer blocks, going over to them and back costs more than they save.
constexpr std::size_t kFewestBlocks = 8;

std::size_t KnownBlocks(std::size_t text_bytes) {
  constexpr std::size_t kMostBefore = SHA256_CBLOCK - 1;
  const std::size_t blocks = text_bytes < kMostBefore ? 0 : (text_bytes - kMostBefore) / SHA256_CBLOCK;
  return blocks < kFewestBlocks ? 0 : blocks;
}

}  // namespace

KnownTail::KnownTail(std::string text, BlockHash hash)
    : text_(std::move(text)), hash_(hash), blocks_(KnownBlocks(text_.size())) {
  if (hash != BlockHash::kShaNiPairs) return;
  schedules_.reserve(blocks_ * SHA256_CBLOCK);
  for (std::size_t at = 0; at < SHA256_CBLOCK; ++at) {
    for (std::size_t i = 0; i < blocks_; ++i) {
      schedules_.push_back(
          ScheduleOf(std::span<const std::uint8_t, SHA256_CBLOCK>(BytesAt(at + i * SHA256_CBLOCK), SHA256_CBLOCK)));
    }
  }
}

KnownRun KnownTail::RunFrom(std::size_t at, BlockState* state) const {
  return {.state = state,
          .blocks = BytesAt(at),
          .schedules = schedules_.empty() ? nullptr : schedules_.data() + at * blocks_};
}

const std::uint8_t* KnownTail::BytesAt(std::size_t at) const {
  return reinterpret_cast<const std::uint8_t*>(text_.data() + at);
}

}  // namespace signpost::sigv4
