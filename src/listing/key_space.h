#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "listing/byte_set.h"

namespace signpost::listing {

/// One end of a stretch of keys: a key, or (nothing) the end of them all.
using Bound = std::optional<std::string_view>;

/// How many bytes `a` and `b` begin with alike.
std::size_t CommonPrefix(std::string_view a, std::string_view b);

/// Whether `byte` can be part of a name token: an ASCII letter or digit.
bool IsNameByte(char byte);

/// Turns keys into numbers and numbers into keys, so that a distance between two keys says something about how many lie
/// between them.
///
/// A key is read as a number in mixed radix: one digit for each byte position, whose values are the bytes that keys
/// have been seen to use there, closed over their character class (a position that showed 3 and 7 may show any decimal
/// digit). A position that has shown its bytes again and again without a new one counts as settled and is not closed.
/// Keys of fixed width (counters, dates, UUIDs) then lie almost without gaps. One digit above the alphabet stands for
/// whatever sorts behind it, which leaves room for the end of the prefix.
///
/// Distances are doubles, summed digit by digit from the left: equal leading digits cancel exactly, so the distance of
/// near keys is as precise as that of far ones, and no number ever has more than the ~200 bits of 32 digits. A pivot is
/// a guess; a rounded one is as good. Not thread-safe.
class KeySpace {
 public:
  /// `prefix_size`: bytes that all keys share by contract; digits are never made up there.
  explicit KeySpace(std::size_t prefix_size) : prefix_size_(prefix_size) {}

  /// Takes the bytes of `key` into the alphabets. Cheap when it shows nothing new. Keys learnt in ascending order
  /// settle positions faster.
  void Learn(std::string_view key);

  /// The distance from `from` to `to`, not below 0 when `from` <= `to`. Both share their first `depth` bytes (the end
  /// is that of the keys that share them). 0 before the first Learn().
  double Distance(std::string_view from, const Bound& to, std::size_t depth);

  /// The key `distance` after `from`, or nothing when that lies behind all keys that share the first `depth` bytes of
  /// `from`. Where it leaves `from`, it goes on in printable ASCII without '%'. At most 1,024 bytes.
  std::optional<std::string> Advance(std::string_view from, double distance, std::size_t depth);

  /// Whether the position `at` may hold `byte` and `byte` can be part of a name token: then a byte left of `at` belongs
  /// to the same token, as the leading zeros of a counter do.
  bool ContinuesToken(std::size_t at, char byte);

 private:
  struct Position {
    ByteSet seen;
    int repeats = 0;  // bytes seen again since the last new one
  };
  struct Digit {
    ByteSet alphabet;
    int size = 1;
    int radix = 1;
    bool fixed = true;  // one byte only: no digit at all
  };
  /// The digits that keys which share `depth` bytes differ in: from position `first` up to `end`.
  struct Window {
    std::size_t first = 0;
    std::size_t end = 0;
  };
  enum class State { kEqual, kBelow, kAbove };

  void LearnCommon(std::string_view key);
  void Rebuild();
  void RebuildDigits(std::vector<Digit>* digits) const;
  Window WindowAt(std::size_t depth) const;
  const Digit& DigitAt(std::size_t position) const { return digits_[position - lead_]; }
  State StateBefore(std::string_view key, std::size_t depth) const;
  void Place(const Bound& key, std::size_t depth, const Window& window, std::vector<int>* digits) const;
  bool AddTo(std::vector<int>* digits, const Window& window, double distance) const;
  std::optional<std::string> KeyOf(std::string start, std::string_view from, const std::vector<int>& digits,
                                   const Window& window) const;

  const std::size_t prefix_size_;
  std::optional<std::string> common_;  // what all keys learnt begin with
  std::string last_;
  std::vector<Position> positions_;  // from position common_->size() on
  bool stale_ = true;                // digits_ and lead_ are older than positions_
  std::size_t lead_ = 0;             // position of digits_[0]
  std::vector<Digit> digits_;
  std::vector<int> from_;
  std::vector<int> to_;
};

}  // namespace signpost::listing
