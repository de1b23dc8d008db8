#include "manifest/padding.h"

#include <string_view>

namespace signpost::manifest {
namespace {

/// RFC 1952 2.3: deflate, FEXTRA, MTIME 0, OS unknown; XLEN 65,535; the subfield "SF" with 65,531 bytes.
constexpr std::string_view kHead("\x1f\x8b\x08\x04\0\0\0\0\0\xff\xff\xff\x53\x46\xfb\xff", 16);
constexpr std::size_t kFilling = 65'531;
/// An empty final block with fixed codes (RFC 1951 3.2.6), CRC-32 and ISIZE of nothing.
constexpr std::string_view kTail("\x03\0\0\0\0\0\0\0\0\0", 10);

}  // namespace

std::string PaddingMembers(std::uint64_t least) {
  std::string member(kHead);
  member.append(kFilling, '\0');
  member.append(kTail);
  std::string members;
  members.reserve(least + member.size());
  while (members.size() < least) members += member;
  return members;
}

}  // namespace signpost::manifest
