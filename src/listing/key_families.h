#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "listing/key_space.h"

namespace signpost::listing {

/// Alphabets for each family of keys: those that have their separators (all that is no letter or digit) at the same
/// places. `a/4f1c…` and `zz/2024/05/18/0001` under one prefix are two families; one alphabet for both would look for
/// months among hex digits. Not thread-safe.
class KeyFamilies {
 public:
  explicit KeyFamilies(std::size_t prefix_size) : prefix_size_(prefix_size), all_(prefix_size) {}

  void Learn(std::string_view key);

  /// The key space of `key`'s family, or that of all keys while too few of the family are known. Valid until the next
  /// Learn().
  KeySpace& SpaceOf(std::string_view key);

  std::size_t prefix_size() const { return prefix_size_; }

 private:
  struct Family {
    KeySpace space;
    int keys = 0;
  };

  std::uint64_t FamilyOf(std::string_view key) const;

  const std::size_t prefix_size_;
  KeySpace all_;
  std::unordered_map<std::uint64_t, Family> families_;
};

}  // namespace signpost::listing
