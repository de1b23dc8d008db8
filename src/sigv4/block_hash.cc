#include "sigv4/block_hash.h"

#include <algorithm>

#include "sigv4/sha_ni.h"

// Deprecated in OpenSSL 3 in favour of EVP, which cannot start from a given state.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace signpost::sigv4 {
namespace {

void HashOne(const BlockRun& run) {
  SHA256_CTX context;
  SHA256_Init(&context);
  std::ranges::copy(*run.state, context.h);
  SHA256_Update(&context, run.blocks, run.count * SHA256_CBLOCK);
  std::ranges::copy(context.h, run.state->begin());
}

/// Two runs side by side; when one of them ends, the next takes its place.
void HashInPairs(std::span<const BlockRun> runs) {
  BlockRun open{.state = nullptr, .blocks = nullptr, .count = 0};
  for (BlockRun next : runs) {
    if (open.count == 0) {
      open = next;
      continue;
    }
    const std::size_t both = std::min(open.count, next.count);
    HashPairWithShaNi(open, next, both);
    for (BlockRun* const run : {&open, &next}) {
      run->blocks += both * SHA256_CBLOCK;
      run->count -= both;
    }
    if (open.count == 0) open = next;
  }
  if (open.count != 0) HashOne(open);
}

/// Four runs side by side; the last four are made full with states that nobody wants.
void HashKnownInFours(std::span<const KnownRun> runs, std::size_t count) {
  constexpr std::size_t kSideBySide = 4;
  for (; runs.size() >= kSideBySide; runs = runs.subspan(kSideBySide)) {
    HashFourKnownWithShaNi(runs.first<kSideBySide>(), count);
  }
  if (runs.empty()) return;
  std::array<BlockState, kSideBySide> unwanted{};
  std::array<KnownRun, kSideBySide> last;
  last.fill(runs.front());
  std::ranges::copy(runs, last.begin());
  for (std::size_t i = runs.size(); i < kSideBySide; ++i) last[i].state = &unwanted[i];
  HashFourKnownWithShaNi(last, count);
}

}  // namespace

std::span<const BlockHash> AvailableBlockHashes() {
  static constexpr std::array kAll = {BlockHash::kOneByOne, BlockHash::kShaNiPairs};
  static const bool has_sha_ni = HasShaNi();
  return std::span(kAll).first(has_sha_ni ? 2 : 1);
}

void HashBlocks(BlockHash hash, std::span<const BlockRun> runs) {
  if (hash == BlockHash::kShaNiPairs) {
    HashInPairs(runs);
  } else {
    for (const BlockRun& run : runs) HashOne(run);
  }
}

void HashKnownBlocks(BlockHash hash, std::span<const KnownRun> runs, std::size_t count) {
  if (hash == BlockHash::kShaNiPairs) {
    HashKnownInFours(runs, count);
  } else {
    for (const KnownRun& run : runs) HashOne({.state = run.state, .blocks = run.blocks, .count = count});
  }
}

}  // namespace signpost::sigv4
