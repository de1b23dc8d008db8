#include "sigv4/sha_ni.h"

#if defined(__x86_64__)

#include <utility>

#include <cpuid.h>
#include <immintrin.h>

// Compiled for these instructions whatever the rest is compiled for; called only where the processor has them.
#define SIGNPOST_SHA_NI __attribute__((target("sha,sse4.1")))
#define SIGNPOST_SHA_NI_INLINE __attribute__((target("sha,sse4.1"), always_inline)) inline

namespace signpost::sigv4 {
namespace {

/// One message on its way: the working variables as SHA256RNDS2 wants them, and the last 16 words of the message
/// schedule, four to a register, where it is not known.
struct Lane {
  __m128i abef;
  __m128i cdgh;
  __m128i words[4];
};

SIGNPOST_SHA_NI_INLINE Lane Load(const BlockState& state) {
  const auto* const from = reinterpret_cast<const __m128i*>(state.data());
  const __m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(from), 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(from + 1), 0x1b);
  Lane lane;
  lane.abef = _mm_alignr_epi8(cdab, efgh, 8);
  lane.cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  return lane;
}

SIGNPOST_SHA_NI_INLINE void Store(const Lane& lane, BlockState* state) {
  auto* const to = reinterpret_cast<__m128i*>(state->data());
  const __m128i feba = _mm_shuffle_epi32(lane.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(lane.cdgh, 0xb1);
  _mm_storeu_si128(to, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(to + 1, _mm_alignr_epi8(dchg, feba, 8));
}

/// Four rounds of one message, `words` being what they add.
SIGNPOST_SHA_NI_INLINE void FourRounds(__m128i words, Lane* lane) {
  lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, words);
  lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(words, 0x0e));
}

/// The same, of a block whose schedule has yet to be computed.
template <int kFour>
SIGNPOST_SHA_NI_INLINE void FourRounds(const std::uint8_t* block, Lane* lane) {
  __m128i& words = lane->words[kFour % 4];
  if constexpr (kFour < 4) {
    const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    words = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + kFour), big_endian);
  } else {
    const __m128i* const all = lane->words;
    words = _mm_sha256msg1_epu32(words, all[(kFour + 1) % 4]);
    words = _mm_add_epi32(words, _mm_alignr_epi8(all[(kFour + 3) % 4], all[(kFour + 2) % 4], 4));
    words = _mm_sha256msg2_epu32(words, all[(kFour + 3) % 4]);
  }
  const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRoundConstants.data()) + kFour);
  FourRounds(_mm_add_epi32(words, constants), lane);
}

template <int... kFours>
SIGNPOST_SHA_NI_INLINE void AllRounds(std::integer_sequence<int, kFours...>, const std::uint8_t* one_block, Lane* one,
                                      const std::uint8_t* other_block, Lane* other) {
  ((FourRounds<kFours>(one_block, one), FourRounds<kFours>(other_block, other)), ...);
}

template <int... kFours>
SIGNPOST_SHA_NI_INLINE void AllKnownRounds(std::integer_sequence<int, kFours...>, const __m128i* const* words,
                                           Lane* lanes) {
  ((FourRounds(_mm_loadu_si128(words[0] + kFours), &lanes[0]),
    FourRounds(_mm_loadu_si128(words[1] + kFours), &lanes[1]),
    FourRounds(_mm_loadu_si128(words[2] + kFours), &lanes[2]),
    FourRounds(_mm_loadu_si128(words[3] + kFours), &lanes[3])),
   ...);
}

SIGNPOST_SHA_NI_INLINE void Add(const Lane& before, Lane* lane) {
  lane->abef = _mm_add_epi32(lane->abef, before.abef);
  lane->cdgh = _mm_add_epi32(lane->cdgh, before.cdgh);
}

}  // namespace

bool HasShaNi() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  constexpr unsigned kFeatures = 1;
  constexpr unsigned kExtendedFeatures = 7;
  if (__get_cpuid(kFeatures, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_SSE4_1) == 0) return false;
  return __get_cpuid_count(kExtendedFeatures, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & bit_SHA) != 0;
}

SIGNPOST_SHA_NI void HashPairWithShaNi(const BlockRun& one, const BlockRun& other, std::size_t count) {
  Lane lane = Load(*one.state);
  Lane other_lane = Load(*other.state);
  for (std::size_t i = 0; i < count; ++i) {
    const Lane before = lane;
    const Lane other_before = other_lane;
    AllRounds(std::make_integer_sequence<int, 16>(), one.blocks + i * SHA256_CBLOCK, &lane,
              other.blocks + i * SHA256_CBLOCK, &other_lane);
    Add(before, &lane);
    Add(other_before, &other_lane);
  }
  Store(lane, one.state);
  Store(other_lane, other.state);
}

SIGNPOST_SHA_NI void HashFourKnownWithShaNi(std::span<const KnownRun, 4> runs, std::size_t count) {
  Lane lanes[4];
  for (std::size_t lane = 0; lane < 4; ++lane) lanes[lane] = Load(*runs[lane].state);
  for (std::size_t i = 0; i < count; ++i) {
    const Lane before[4] = {lanes[0], lanes[1], lanes[2], lanes[3]};
    const __m128i* words[4];
    for (std::size_t lane = 0; lane < 4; ++lane) {
      words[lane] = reinterpret_cast<const __m128i*>(runs[lane].schedules[i].data());
    }
    AllKnownRounds(std::make_integer_sequence<int, 16>(), words, lanes);
    for (std::size_t lane = 0; lane < 4; ++lane) Add(before[lane], &lanes[lane]);
  }
  for (std::size_t lane = 0; lane < 4; ++lane) Store(lanes[lane], runs[lane].state);
}

}  // namespace signpost::sigv4

#else

#include <utility>

namespace signpost::sigv4 {

bool HasShaNi() { return false; }

void HashPairWithShaNi(const BlockRun&, const BlockRun&, std::size_t) { std::unreachable(); }

void HashFourKnownWithShaNi(std::span<const KnownRun, 4>, std::size_t) { std::unreachable(); }

}  // namespace signpost::sigv4

#endif
