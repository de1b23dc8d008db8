#include "s3/quick_contents.h"

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bucket.h"

namespace signpost::s3 {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;

/// The top bit of each byte of `word` that is `byte`, and perhaps of others above such a byte (the zero byte test of
/// H. S. Warren, Hacker's Delight, 6-1).
constexpr std::uint64_t Find(char byte, std::uint64_t word) {
  const std::uint64_t other = word ^ kOnes * static_cast<unsigned char>(byte);
  return (other - kOnes) & ~other & kOnes << 7;
}

struct Text {
  const char* end;
  bool is_encoded;  ///< Has a '%' or a '+'.
};

/// The text from `at` to the first '<' or '&', or to `end`. Eight bytes at a time, the first one lowest. Without
/// `kTellsEncoded`, `is_encoded` says nothing.
template <bool kTellsEncoded>
Text FindText(const char* at, const char* end) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t encoded = 0;
  for (; end - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t ends = Find('<', word) | Find('&', word);
    const std::uint64_t encodes = kTellsEncoded ? Find('%', word) | Find('+', word) : 0;
    if (ends != 0) {
      const std::uint64_t before = (ends & -ends) - 1;
      return {at + std::countr_zero(ends) / 8, (encoded | (encodes & before)) != 0};
    }
    encoded |= encodes;
  }
  for (; at != end && *at != '<' && *at != '&'; ++at) encoded |= *at == '%' || *at == '+';
  return {at, encoded != 0};
}

/// A number with so many digits fits 64 bits.
constexpr int kSafeDigits = 19;

}  // namespace

template <std::size_t N>
bool QuickContents::Take(const char (&literal)[N]) {
  if (static_cast<std::size_t>(end_ - at_) < N - 1 || std::memcmp(at_, literal, N - 1) != 0) return false;
  at_ += N - 1;
  return true;
}

/// Text without markup or entities, and `after` behind it.
template <std::size_t N>
bool QuickContents::TakeText(std::string_view* text, const char (&after)[N]) {
  const char* const end = FindText<false>(at_, end_).end;
  *text = std::string_view(at_, end);
  at_ = end;
  return Take(after);
}

bool QuickContents::TakeKey(std::string_view* key, bool* is_encoded) {
  const Text found = FindText<true>(at_, end_);
  *key = std::string_view(at_, found.end);
  *is_encoded = found.is_encoded;
  at_ = found.end;
  // A longer text may still be an encoded key of good length, which the general reader finds out.
  return !key->empty() && key->size() <= kMaxKeyBytes;
}

bool QuickContents::TakeNumber(std::uint64_t* number) {
  const char* const start = at_;
  std::uint64_t value = 0;
  while (at_ != end_ && *at_ >= '0' && *at_ <= '9') value = value * 10 + static_cast<std::uint64_t>(*at_++ - '0');
  *number = value;
  return at_ != start && at_ - start <= kSafeDigits;
}

bool QuickContents::Read(ListedObject* object, bool* key_is_encoded) {
  std::string_view unused;
  at_ = read_;
  if (!Take("<Contents><Key>") || !TakeKey(&object->key, key_is_encoded) || !Take("</Key><LastModified>") ||
      !TakeText(&object->last_modified, "</LastModified><ETag>&quot;") || !TakeText(&object->etag, "&quot;</ETag>")) {
    return false;
  }
  if (Take("<ChecksumAlgorithm>") && !TakeText(&unused, "</ChecksumAlgorithm>")) return false;
  if (Take("<ChecksumType>") && !TakeText(&unused, "</ChecksumType>")) return false;
  if (!Take("<Size>") || !TakeNumber(&object->size) || !Take("</Size><StorageClass>") ||
      !TakeText(&object->storage_class, "</StorageClass></Contents>")) {
    return false;
  }
  read_ = at_;
  return true;
}

}  // namespace signpost::s3
