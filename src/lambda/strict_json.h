#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "signpost/error.h"

namespace signpost::lambda {

inline constexpr int kMaxJsonDepth = 64;

/// Reads JSON (RFC 8259) from somebody we do not trust: a name that stands twice in one object, nesting deeper than
/// kMaxJsonDepth, a byte order mark, bytes that are not UTF-8, numbers out of range, NaN and trailing text are
/// kInvalidArgument. The message tells the position, and none of the text but a repeated name.
Result<nlohmann::json> ParseStrictJson(std::string_view text);

}  // namespace signpost::lambda
