#pragma once

namespace signpost::cli {

/// The release, as in CMakeLists.txt.
inline constexpr char kVersion[] = SIGNPOST_VERSION;

}  // namespace signpost::cli
