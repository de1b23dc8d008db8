#pragma once

#include <cstddef>
#include <span>

#include "sigv4/block_hash.h"

namespace signpost::sigv4 {

/// Whether the processor has the SHA instructions of x86-64 and SSE4.1.
bool HasShaNi();

/// Absorbs the first `count` blocks of both runs into their states. Rounds of the two alternate: a round waits four
/// cycles for the one before it, and the processor can start another in the meantime. Only where HasShaNi().
void HashPairWithShaNi(const BlockRun& one, const BlockRun& other, std::size_t count);

/// Absorbs the first `count` blocks of the runs, which have schedules. Where none has to be computed, a round of four
/// messages takes no longer than one of two. Only where HasShaNi().
void HashFourKnownWithShaNi(std::span<const KnownRun, 4> runs, std::size_t count);

}  // namespace signpost::sigv4
