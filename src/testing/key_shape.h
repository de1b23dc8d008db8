#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "signpost/error.h"

namespace signpost::testing {

/// The keys of a bucket that are computed, not stored: millions of objects for the memory of none. Thread-safe.
class KeyShape {
 public:
  explicit KeyShape(std::uint64_t size) : size_(size) {}
  virtual ~KeyShape() = default;

  std::uint64_t size() const { return size_; }

  /// Replaces `*key` with the key numbered `index`, below size(). Keys strictly increase with the index, as unsigned
  /// bytes.
  virtual void KeyAt(std::uint64_t index, std::string* key) const = 0;

  /// The index of the first key after `key`; size() when there is none. O(log size).
  std::uint64_t UpperBound(std::string_view key) const;

  /// The keys that start with `prefix`: indices `first` up to, not including, `last`. O(log size).
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    bool operator==(const Range&) const = default;
  };
  Range WithPrefix(std::string_view prefix) const;

 private:
  const std::uint64_t size_;
};

/// The largest size() of a shape made by name.
inline constexpr std::uint64_t kMaxShapeSize = 100'000'000'000;

/// A shape by name, with `size` keys (at most kMaxShapeSize):
/// - "sequence": a counter of fixed width;
/// - "uuid": random version-4 UUIDs, the same for the same size;
/// - "dates": yyyy/mm/dd/ and a counter, spread over ten years;
/// - "skewed": 99 % in one folder, the rest in many small ones before and after it;
/// - "hostile": spaces, percent and plus signs, quotes, markup, dot segments, control bytes, Unicode up to four bytes.
/// kInvalidArgument for another name or size.
Result<std::unique_ptr<KeyShape>> MakeKeyShape(std::string_view name, std::uint64_t size);

/// These keys, which must be strictly increasing.
std::unique_ptr<KeyShape> KeysAsListed(std::vector<std::string> keys);

/// All keys of `shape`, in order.
std::vector<std::string> Materialise(const KeyShape& shape);

/// 64 well mixed bits of `value` (splitmix64): pseudo-random, and the same everywhere.
std::uint64_t MixBits(std::uint64_t value);

}  // namespace signpost::testing
