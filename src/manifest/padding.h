#pragma once

#include <cstdint>
#include <string>

namespace signpost::manifest {

/// Gzip members without content, at least `least` bytes of them and at most 64 KiB more: what a part that is too small
/// to be followed by another is filled up with. docs/manifest.md specifies their bytes.
std::string PaddingMembers(std::uint64_t least);

}  // namespace signpost::manifest
