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

/// FIPS 180-4 section 4.2.2.
alignas(16) constexpr std::uint32_t kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// One message on its way: the working variables as SHA256RNDS2 wants them, and the last 16 words of the message
/// schedule, four to a register.
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

/// Four rounds of one message: their four words of the schedule, then the rounds.
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
  const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(kRoundConstants) + kFour);
  const __m128i sum = _mm_add_epi32(words, constants);
  lane->cdgh = _mm_sha256rnds2_epu32(lane->cdgh, lane->abef, sum);
  lane->abef = _mm_sha256rnds2_epu32(lane->abef, lane->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

template <int... kFours>
SIGNPOST_SHA_NI_INLINE void AllRounds(std::integer_sequence<int, kFours...>, const std::uint8_t* one_block, Lane* one,
                                      const std::uint8_t* other_block, Lane* other) {
  ((FourRounds<kFours>(one_block, one), FourRounds<kFours>(other_block, other)), ...);
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

}  // namespace signpost::sigv4

#else

#include <utility>

namespace signpost::sigv4 {

bool HasShaNi() { return false; }

void HashPairWithShaNi(const BlockRun&, const BlockRun&, std::size_t) { std::unreachable(); }

}  // namespace signpost::sigv4

#endif
