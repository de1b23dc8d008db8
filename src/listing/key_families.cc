#include "listing/key_families.h"

#include <algorithm>

namespace signpost::listing {
namespace {

constexpr std::size_t kMostFamilies = 64;  // what comes later counts with all
constexpr int kFewestKeys = 17;            // about what one page teaches
constexpr std::size_t kBytesCompared = 64;

}  // namespace

/// A hash (FNV-1a) of the separators behind the prefix and their places. A collision joins two families, no more.
std::uint64_t KeyFamilies::FamilyOf(std::string_view key) const {
  std::uint64_t hash = 0xcbf29ce484222325;
  const std::size_t end = std::min(key.size(), prefix_size_ + kBytesCompared);
  for (std::size_t at = prefix_size_; at < end; ++at) {
    if (IsNameByte(key[at])) continue;
    hash = (hash ^ (at << 8 | static_cast<unsigned char>(key[at]))) * 0x100000001b3;
  }
  return hash;
}

void KeyFamilies::Learn(std::string_view key) {
  all_.Learn(key);
  const std::uint64_t id = FamilyOf(key);
  auto family = families_.find(id);
  if (family == families_.end()) {
    if (families_.size() >= kMostFamilies) return;
    family = families_.emplace(id, Family{.space = KeySpace(prefix_size_)}).first;
  }
  family->second.space.Learn(key);
  ++family->second.keys;
}

KeySpace& KeyFamilies::SpaceOf(std::string_view key) {
  const auto family = families_.find(FamilyOf(key));
  return family == families_.end() || family->second.keys < kFewestKeys ? all_ : family->second.space;
}

}  // namespace signpost::listing
