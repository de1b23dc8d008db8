#include "manifest/row_copies.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

namespace signpost::manifest {
namespace {

using Extent = RowCopies::Extent;

constexpr std::array<bool, 256> kSeparator = [] {
  std::array<bool, 256> table{};
  for (int byte = 0; byte < 256; ++byte) {
    const auto in = [byte](char first, char last) { return byte >= first && byte <= last; };
    table[byte] = byte < 128 && !in('0', '9') && !in('a', 'z') && !in('A', 'Z');
  }
  return table;
}();

bool IsSeparator(char c) { return kSeparator[static_cast<unsigned char>(c)]; }

template <typename T>
T Load(const char* from) {
  static_assert(std::endian::native == std::endian::little);
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

bool Same(Extent a, Extent b) { return a.size() == b.size() && std::memcmp(a.begin, b.begin, a.size()) == 0; }

using Word = std::uint64_t;
constexpr std::size_t kWordBytes = sizeof(Word);

Word Difference(const char* a, const char* b) { return Load<Word>(a) ^ Load<Word>(b); }

/// How many bytes are the same before the first bit of what is not 0.
std::size_t SameBefore(Word difference) { return static_cast<std::size_t>(std::countr_zero(difference)) / 8; }

/// How many bytes are the same from the front.
std::size_t CommonPrefix(Extent a, Extent b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t at = 0;
  for (; at + 2 * kWordBytes <= most; at += 2 * kWordBytes) {
    const Word first = Difference(a.begin + at, b.begin + at);
    const Word second = Difference(a.begin + at + kWordBytes, b.begin + at + kWordBytes);
    if ((first | second) == 0) continue;
    return at + (first != 0 ? SameBefore(first) : kWordBytes + SameBefore(second));
  }
  if (at + kWordBytes <= most) {
    const Word difference = Difference(a.begin + at, b.begin + at);
    if (difference != 0) return at + SameBefore(difference);
    at += kWordBytes;
  }
  if (at == most) return most;
  if (most >= kWordBytes) {
    const Word difference = Difference(a.begin + most - kWordBytes, b.begin + most - kWordBytes);
    return difference == 0 ? most : most - kWordBytes + SameBefore(difference);
  }
  while (at < most && a.begin[at] == b.begin[at]) ++at;
  return at;
}

/// How many bytes are the same from the end, at most `most` of them, which both have.
std::size_t CommonSuffix(Extent a, Extent b, std::size_t most) {
  std::size_t size = 0;
  for (; size < most && std::min(a.size(), b.size()) >= size + kWordBytes; size += kWordBytes) {
    const Word difference = Difference(a.end - size - kWordBytes, b.end - size - kWordBytes);
    if (difference == 0) continue;
    return std::min(most, size + static_cast<std::size_t>(std::countl_zero(difference)) / 8);
  }
  size = std::min(size, most);
  while (size < most && *(a.end - size - 1) == *(b.end - size - 1)) ++size;
  return size;
}

/// The length of a copy of what `from` begins with, 0 if it is not worth one. The first comparison is hardly ever true
/// of digits at random, so that the processor foresees it.
std::size_t CopySize(Extent now, Extent from) {
  static_assert(sizeof(std::uint32_t) == RowCopies::kLeastLength);
  if (now.size() < sizeof(std::uint32_t) || from.size() < sizeof(std::uint32_t) ||
      Load<std::uint32_t>(now.begin) != Load<std::uint32_t>(from.begin)) {
    return 0;
  }
  return CommonPrefix(now, from);
}

/// The length of the JSON escape or the character at the start of `text`.
std::ptrdiff_t CharacterSize(Extent text) {
  if (*text.begin != '\\' || text.size() == 1) return 1;
  return text.begin[1] == 'u' ? 6 : 2;
}

/// The length of the percent-escape or the character at the start of `path`.
std::size_t EscapeSize(Extent path) { return *path.begin == '%' ? 3 : 1; }

/// What follows in the key when the percent-encoded `path` is over.
Extent SkipInKey(Extent path, Extent key) {
  while (path.begin < path.end && key.begin < key.end) {
    path.begin += EscapeSize(path);
    key.begin = std::min(key.end, key.begin + CharacterSize(key));
  }
  return key;
}

}  // namespace

inline void RowCopies::CloseStep() {
  steps_.push_back(open_);
  literals_ += open_.literals;
  open_ = {};
}

/// The next step begins, unless the copy is so short that its bytes are better off as literals.
inline void RowCopies::CloseCopy() {
  if (open_.length >= kLeastLength) {
    CloseStep();
  } else {
    open_ = {.literals = open_.literals + open_.length};
  }
}

void RowCopies::AddLiterals(std::size_t size) {
  if (size == 0) return;
  CloseCopy();
  open_.literals += static_cast<std::uint32_t>(size);
}

inline void RowCopies::Copy(std::ptrdiff_t distance, std::size_t size) {
  if (size == 0) return;
  if (distance > kMostDistance) return AddLiterals(size);
  if (open_.length == 0 || open_.distance != distance) CloseCopy();
  open_.length += static_cast<std::uint32_t>(size);
  open_.distance = static_cast<std::uint32_t>(distance);
}

void RowCopies::Start() {
  latest_ = {};
  steps_.clear();
  literals_ = 0;
  open_ = {};
}

// Inlining all of it pays where keys have many words.
[[gnu::flatten]] bool RowCopies::AddRow(std::string_view text, const RowPieces& row) {
  const auto extent = [&](Place place) {
    return Extent{.begin = text.data() + place.begin, .end = text.data() + place.end};
  };
  const auto part = [&](RowPieces::Piece first, RowPieces::Piece end, const auto& add) {
    const Place place{.begin = row.begin[first], .end = row.begin[end]};
    if (place.begin == place.end) return;
    add(extent(place), extent(latest_[first]));
    latest_[first] = place;
  };
  const auto add = [&](Extent now, Extent before) { AddChanged(now, before); };

  const Extent key = extent({.begin = row.begin[RowPieces::kKey], .end = row.begin[RowPieces::kBeforeSize]});
  part(RowPieces::kBeforeKey, RowPieces::kBeforeSize,
       [&](Extent now, Extent before) { AddName(now, before, key.begin, {}); });
  part(RowPieces::kBeforeSize, RowPieces::kBeforeEtag, [&](Extent now, Extent before) {
    AddDigits(now, before, row.begin[RowPieces::kSize] - row.begin[RowPieces::kBeforeSize]);
  });
  part(RowPieces::kBeforeEtag, RowPieces::kModified, [&](Extent now, Extent before) {
    AddDigits(now, before, row.begin[RowPieces::kEtag] - row.begin[RowPieces::kBeforeEtag]);
  });
  part(RowPieces::kModified, RowPieces::kNotInAll, add);
  part(RowPieces::kNotInAll, RowPieces::kBeforePath, add);
  part(RowPieces::kBeforePath, RowPieces::kBeforeSignature,
       [&](Extent now, Extent before) { AddName(now, before, text.data() + row.begin[RowPieces::kPath], key); });
  bool same_query = false;
  part(RowPieces::kBeforeSignature, RowPieces::kSignature, [&](Extent now, Extent before) {
    same_query = Same(now, before);
    if (same_query) {
      Copy(now.begin - before.begin, now.size());
    } else {
      AddChanged(now, before);
    }
  });
  AddLiterals(row.begin[RowPieces::kAfterSignature] - row.begin[RowPieces::kSignature]);
  part(RowPieces::kAfterSignature, RowPieces::kCount, add);
  return same_query;
}

void RowCopies::DropFront(std::size_t size) {
  CloseCopy();
  for (Place& place : latest_) {
    place = place.begin < size ? Place{} : Place{.begin = place.begin - size, .end = place.end - size};
  }
}

void RowCopies::Finish() {
  CloseCopy();
  if (open_.literals != 0) CloseStep();
}

/// A text with nothing new, or something new in one place: from both ends, where a copy goes on into the next piece.
void RowCopies::AddChanged(Extent now, Extent before) {
  const std::size_t prefix = CommonPrefix(now, before);
  Copy(now.begin - before.begin, prefix);
  const std::size_t suffix = CommonSuffix(now, before, std::min(now.size(), before.size()) - prefix);
  AddLiterals(now.size() - prefix - suffix);
  Copy(now.end - before.end, suffix);
}

/// A number or a digest behind `lead` bytes that hardly ever differ. Digits that happen to be the same are no gain: if
/// runs of literals are always as long, the processor foresees their end.
void RowCopies::AddDigits(Extent now, Extent before, std::size_t lead) {
  const std::size_t prefix = CommonPrefix(now, before);
  const std::size_t copied = prefix == now.size() || prefix >= lead + kLeastLength ? prefix : std::min(prefix, lead);
  Copy(now.begin - before.begin, copied);
  AddLiterals(now.size() - copied);
}

/// A name, a key or a path in which the bytes of `key` come once more but for escapes in either, and what leads to it:
/// from both ends of the one before; in between from wherever more bytes in a row are the same, there or in the key.
void RowCopies::AddName(Extent now, Extent before, const char* name, Extent key) {
  const std::size_t prefix = CommonPrefix(now, before);
  Copy(now.begin - before.begin, prefix);
  Extent middle = now.From(prefix);
  Extent middle_before = before.From(prefix);
  if (middle.begin < name) {
    const std::size_t size = static_cast<std::size_t>(name - middle.begin);
    AddLiterals(size);
    middle.begin = name;
    middle_before.begin += std::min(size, middle_before.size());
  }
  const std::size_t suffix = CommonSuffix(now, before, std::min(middle.size(), middle_before.size()));
  middle.end -= suffix;
  middle_before.end -= suffix;
  if (key.size() > 0 && Same({.begin = name, .end = now.end}, key)) {  // no escapes
    Copy(name - key.begin, middle.size());
  } else {
    AddMiddle(middle, middle_before, SkipInKey({.begin = name, .end = middle.begin}, key));
  }
  Copy(now.end - before.end, suffix);
}

void RowCopies::AddMiddle(Extent now, Extent before, Extent key) {
  const char* apart_since = before.begin;
  std::size_t literals = 0;
  while (now.size() > 0) {
    if (IsSeparator(*now.begin) && (before.size() == 0 || *before.begin != *now.begin)) {
      // Words of different lengths: on from the same separator.
      const char* const separator = std::find(apart_since, before.end, *now.begin);
      if (separator != before.end) before.begin = separator;
    }
    const std::size_t as_before = CopySize(now, before);
    const std::size_t as_key = CopySize(now, key);
    std::size_t size = std::max(as_before, as_key);
    if (size == 0) {
      size = key.size() > 0 ? std::min(EscapeSize(now), now.size()) : 1;
      literals += size;
    } else {
      AddLiterals(std::exchange(literals, 0));
      Copy(now.begin - (as_before >= as_key ? before.begin : key.begin), size);
    }
    key = SkipInKey(now.First(size), key);
    now = now.From(size);
    before = before.From(std::min(size, before.size()));
    if (as_before == size) apart_since = before.begin;
  }
  AddLiterals(literals);
}

}  // namespace signpost::manifest
