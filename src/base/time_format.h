#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "signpost/error.h"

namespace signpost {

/// "20260101T000000Z": ISO 8601 basic format, UTC, as in X-Amz-Date.
std::string FormatBasic(std::chrono::sys_seconds time);

/// "2026-01-01T00:00:00Z" (RFC 3339 section 5.6, UTC).
std::string FormatRfc3339(std::chrono::sys_seconds time);

/// Reads FormatBasic()'s form; kInvalidArgument for anything else, or a date that does not exist.
Result<std::chrono::sys_seconds> ParseBasic(std::string_view text);

/// Reads RFC 3339 with `Z` or a numeric offset; a fraction of a second is cut off. kInvalidArgument otherwise.
Result<std::chrono::sys_seconds> ParseRfc3339(std::string_view text);

/// Reads an HTTP date in the fixed form that servers must send: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110
/// section 5.6.7).
Result<std::chrono::sys_seconds> ParseHttpDate(std::string_view text);

}  // namespace signpost
