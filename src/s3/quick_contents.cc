#include "s3/quick_contents.h"

#include <array>
#include <cstring>

#include "base/bucket.h"

namespace signpost::s3 {
namespace {

enum : std::uint8_t { kEndsText = 1, kEncodes = 2 };

/// What a byte of a key means to the reader.
constexpr std::array<std::uint8_t, 256> kMeaning = [] {
  std::array<std::uint8_t, 256> meaning{};
  meaning['<'] = meaning['&'] = kEndsText;
  meaning['%'] = meaning['+'] = kEncodes;
  return meaning;
}();

/// A number with so many digits fits 64 bits.
constexpr int kSafeDigits = 19;

}  // namespace

template <std::size_t N>
bool QuickContents::Take(const char (&literal)[N]) {
  if (static_cast<std::size_t>(end_ - at_) < N - 1 || std::memcmp(at_, literal, N - 1) != 0) return false;
  at_ += N - 1;
  return true;
}

/// Text up to the next '<', without entities.
bool QuickContents::TakeText(std::string_view* text) {
  const auto* found = static_cast<const char*>(std::memchr(at_, '<', static_cast<std::size_t>(end_ - at_)));
  if (found == nullptr) return false;
  *text = std::string_view(at_, found);
  at_ = found;
  return text->empty() || std::memchr(text->data(), '&', text->size()) == nullptr;
}

bool QuickContents::TakeKey(std::string_view* key, bool* is_encoded) {
  unsigned seen = 0;
  const char* at = at_;
  while (at != end_ && ((seen |= kMeaning[static_cast<unsigned char>(*at)]) & kEndsText) == 0) ++at;
  *key = std::string_view(at_, at);
  *is_encoded = (seen & kEncodes) != 0;
  at_ = at;
  // A longer text may still be an encoded key of good length, which the general reader finds out.
  return !key->empty() && key->size() <= kMaxKeyBytes;
}

/// Text between `&quot;` and `&quot;`.
bool QuickContents::TakeQuoted(std::string_view* text) {
  constexpr std::string_view kQuote = "&quot;";
  if (!Take("&quot;")) return false;
  const auto* found = static_cast<const char*>(std::memchr(at_, '<', static_cast<std::size_t>(end_ - at_)));
  if (found == nullptr || !std::string_view(at_, found).ends_with(kQuote)) return false;
  *text = std::string_view(at_, found - kQuote.size());
  at_ = found;
  return text->empty() || std::memchr(text->data(), '&', text->size()) == nullptr;
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
      !TakeText(&object->last_modified) || !Take("</LastModified><ETag>") || !TakeQuoted(&object->etag) ||
      !Take("</ETag>")) {
    return false;
  }
  if (Take("<ChecksumAlgorithm>") && (!TakeText(&unused) || !Take("</ChecksumAlgorithm>"))) return false;
  if (Take("<ChecksumType>") && (!TakeText(&unused) || !Take("</ChecksumType>"))) return false;
  if (!Take("<Size>") || !TakeNumber(&object->size) || !Take("</Size><StorageClass>") ||
      !TakeText(&object->storage_class) || !Take("</StorageClass></Contents>")) {
    return false;
  }
  read_ = at_;
  return true;
}

}  // namespace signpost::s3
