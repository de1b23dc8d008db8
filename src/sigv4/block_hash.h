#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <openssl/sha.h>

#include "sigv4/message_schedule.h"

namespace signpost::sigv4 {

/// SHA-256's eight words between two blocks (FIPS 180-4 section 5.3.3).
using BlockState = std::array<std::uint32_t, 8>;

/// Blocks of SHA256_CBLOCK bytes, one behind the other, that are to be absorbed into one state.
struct BlockRun {
  BlockState* state;
  const std::uint8_t* blocks;
  std::size_t count;
};

/// The same of blocks that many messages have, which are made ready once, see KnownTail.
struct KnownRun {
  BlockState* state;
  const std::uint8_t* blocks;
  const MessageSchedule* schedules;  ///< Of each block; needed for kShaNiPairs.
};

/// How the blocks of many messages are hashed.
enum class BlockHash {
  kOneByOne,    ///< OpenSSL, one message after the other; on every processor.
  kShaNiPairs,  ///< Two messages at a time, interleaved, with the SHA instructions of x86-64.
};

/// What this processor can do, the fastest last.
std::span<const BlockHash> AvailableBlockHashes();

/// Absorbs every run's blocks into its state. No state may stand in two runs; `hash` must be an available one.
void HashBlocks(BlockHash hash, std::span<const BlockRun> runs);

/// Absorbs the first `count` blocks of every run into its state; otherwise the same.
void HashKnownBlocks(BlockHash hash, std::span<const KnownRun> runs, std::size_t count);

}  // namespace signpost::sigv4
