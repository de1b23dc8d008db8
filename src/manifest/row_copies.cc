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

/// How many bytes are the same from the front.
std::size_t CommonPrefix(Extent a, Extent b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t size = 0;
  for (; size + sizeof(std::uint64_t) <= most; size += sizeof(std::uint64_t)) {
    const std::uint64_t difference = Load<std::uint64_t>(a.begin + size) ^ Load<std::uint64_t>(b.begin + size);
    if (difference != 0) return size + static_cast<std::size_t>(std::countr_zero(difference)) / 8;
  }
  while (size < most && a.begin[size] == b.begin[size]) ++size;
  return size;
}

/// How many bytes are the same from the end.
std::size_t CommonSuffix(Extent a, Extent b) {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t size = 0;
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

/// Tells digests that have nothing but single digits in common, which are not worth a comparison digit by digit, from
/// the same one once more.
bool StartAlike(Extent now, Extent before) {
  using Word = std::uint64_t;
  if (now.size() < sizeof(Word) || before.size() < sizeof(Word)) return Same(now, before);
  return Load<Word>(now.begin) == Load<Word>(before.begin);
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

void RowCopies::Start() {
  latest_ = {};
  steps_.clear();
  literals_ = 0;
  open_ = {};
}

bool RowCopies::AddRow(std::string_view text, const RowPieces& row) {
  const auto extent = [&](std::size_t begin, std::size_t end) {
    return Extent{.begin = text.data() + begin, .end = text.data() + end};
  };
  bool same_query = false;
  for (std::size_t piece = 0; piece < RowPieces::kCount; ++piece) {
    const Place place{.begin = row.begin[piece], .end = row.begin[piece + 1]};
    if (place.begin == place.end) continue;
    const Extent now = extent(place.begin, place.end);
    const Extent before = extent(latest_[piece].begin, latest_[piece].end);
    if (piece == RowPieces::kKey) {
      AddName(now, before, {});
    } else if (piece == RowPieces::kPath) {
      AddName(now, before, extent(row.begin[RowPieces::kKey], row.begin[RowPieces::kKey + 1]));
    } else if (piece == RowPieces::kSignature || (piece == RowPieces::kEtag && !StartAlike(now, before))) {
      AddLiterals(now.size());
    } else {
      const bool same = AddRepeated(now, before);
      if (piece == RowPieces::kBeforeSignature) same_query = same;
    }
    latest_[piece] = place;
  }
  return same_query;
}

void RowCopies::AddLiterals(std::size_t size) {
  if (size == 0) return;
  CloseCopy();
  open_.literals += static_cast<std::uint32_t>(size);
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

void RowCopies::Copy(std::ptrdiff_t distance, std::size_t size) {
  if (size == 0) return;
  if (distance > kMostDistance) return AddLiterals(size);
  if (open_.length == 0 || open_.distance != distance) CloseCopy();
  open_.length += static_cast<std::uint32_t>(size);
  open_.distance = static_cast<std::uint32_t>(distance);
}

/// The next step begins, unless the copy is so short that its bytes are better off as literals.
void RowCopies::CloseCopy() {
  if (open_.length >= kLeastLength) {
    CloseStep();
  } else {
    open_ = {.literals = open_.literals + open_.length};
  }
}

void RowCopies::CloseStep() {
  steps_.push_back(open_);
  literals_ += open_.literals;
  open_ = {};
}

/// A text with nothing new, or something new in one place: from both ends, where a copy goes on into the next piece.
/// Returns whether there is nothing new.
bool RowCopies::AddRepeated(Extent now, Extent before) {
  if (Same(now, before)) {
    Copy(now.begin - before.begin, now.size());
    return true;
  }
  const std::size_t prefix = CommonPrefix(now, before);
  Copy(now.begin - before.begin, prefix);
  const std::size_t suffix = CommonSuffix(now.From(prefix), before.From(prefix));
  AddLiterals(now.size() - prefix - suffix);
  Copy(now.end - before.end, suffix);
  return false;
}

/// A key, or a path, in which the bytes of `key` come once more but for escapes in either: from both ends of the one
/// before; in between from wherever more bytes in a row are the same, there or in the key.
void RowCopies::AddName(Extent now, Extent before, Extent key) {
  const std::size_t prefix = CommonPrefix(now, before);
  Copy(now.begin - before.begin, prefix);
  Extent middle = now.From(prefix);
  Extent middle_before = before.From(prefix);
  const std::size_t suffix = CommonSuffix(middle, middle_before);
  middle.end -= suffix;
  middle_before.end -= suffix;
  if (Same(now, key)) {  // no escapes
    Copy(now.begin - key.begin, middle.size());
  } else {
    AddMiddle(middle, middle_before, SkipInKey({.begin = now.begin, .end = middle.begin}, key));
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
