#pragma once

#include <string>

#include "signpost/error.h"

namespace signpost::aws {

/// The whole of a small file (at most 1 MiB). kNotFound when it does not exist, kInvalidArgument when it cannot be
/// read.
Result<std::string> ReadFile(const std::string& path);

}  // namespace signpost::aws
