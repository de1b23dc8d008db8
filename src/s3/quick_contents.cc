#include "s3/quick_contents.h"

#include <cstdint>
#include <cstring>

#include "base/bucket.h"
#include "base/lanes.h"

namespace signpost::s3 {
namespace {

struct Text {
  const char* end;
  bool is_encoded;  ///< Has a '%' or a '+'.
};

/// The text from `at` to the first '<' or '&', or to `end`. Without `kTellsEncoded`, `is_encoded` says nothing.
template <bool kTellsEncoded>
Text FindText(const char* at, const char* end) {
  constexpr Lanes kPlaces = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  bool encoded = false;
  for (; end - at >= static_cast<std::ptrdiff_t>(sizeof(Lanes)); at += sizeof(Lanes)) {
    const Lanes bytes = LoadLanes(at);
    const Lanes ends = (bytes == '<') | (bytes == '&');
    const Lanes encodes = kTellsEncoded ? (bytes == '%') | (bytes == '+') : Lanes{};
    if (Any(ends)) {
      const int place = First(ends);
      return {at + place, encoded || Any(encodes & (kPlaces < static_cast<signed char>(place)))};
    }
    encoded = encoded || Any(encodes);
  }
  for (; at != end && *at != '<' && *at != '&'; ++at) encoded = encoded || *at == '%' || *at == '+';
  return {at, encoded};
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
