#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace signpost::listing {

/// A set of byte values, counted and indexed in ascending order.
class ByteSet {
 public:
  constexpr ByteSet() = default;

  /// All of `first` to `last`.
  static constexpr ByteSet Span(unsigned char first, unsigned char last) {
    ByteSet set;
    for (int byte = first; byte <= last; ++byte) set.Add(static_cast<unsigned char>(byte));
    return set;
  }

  constexpr void Add(unsigned char byte) { words_[byte / 64] |= std::uint64_t{1} << (byte % 64); }
  constexpr bool Has(unsigned char byte) const { return (words_[byte / 64] >> (byte % 64) & 1) != 0; }
  constexpr bool Within(const ByteSet& other) const { return (*this & other) == *this; }
  constexpr bool empty() const { return *this == ByteSet(); }
  constexpr int size() const { return CountBelow(256); }

  /// How many members are smaller than `byte`, which is 0 to 256.
  constexpr int CountBelow(int byte) const {
    int count = 0;
    for (int word = 0; word < kWords && byte > word * 64; ++word) {
      const int bits = byte - word * 64;
      const std::uint64_t mask = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
      count += std::popcount(words_[word] & mask);
    }
    return count;
  }

  /// The member that has `index` smaller ones; `index` is below size().
  constexpr unsigned char At(int index) const {
    int word = 0;
    while (index >= std::popcount(words_[word])) index -= std::popcount(words_[word++]);
    std::uint64_t bits = words_[word];
    for (; index > 0; --index) bits &= bits - 1;
    return static_cast<unsigned char>(word * 64 + std::countr_zero(bits));
  }

  constexpr ByteSet operator&(const ByteSet& other) const {
    ByteSet both;
    for (int i = 0; i < kWords; ++i) both.words_[i] = words_[i] & other.words_[i];
    return both;
  }
  constexpr ByteSet operator|(const ByteSet& other) const {
    ByteSet either;
    for (int i = 0; i < kWords; ++i) either.words_[i] = words_[i] | other.words_[i];
    return either;
  }
  constexpr bool operator==(const ByteSet&) const = default;

 private:
  static constexpr int kWords = 4;
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace signpost::listing
