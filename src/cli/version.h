#pragma once

#include <string_view>

namespace signpost::cli {

/// The release, as in CMakeLists.txt: "0.1.0".
std::string_view Version();

}  // namespace signpost::cli
