#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "signpost/error.h"

#include "manifest/format.h"

namespace signpost::manifest {

/// What a row says, as far as a check of the whole needs it.
struct Row {
  std::optional<std::string> key;  ///< The key's own bytes; nothing in a URL list.
  std::uint64_t size = 0;          ///< Of the object; 0 in a URL list.
  bool is_error = false;
};

/// The longest row accepted, in bytes with its line end. The longest that can be written is far below.
inline constexpr std::size_t kMaxRowBytes = 1 << 20;

/// Reads one row without its line end; kDataLoss with the reason when it is malformed.
Result<Row> ParseRow(Format format, std::string_view line);

/// The length of the first row of `text` with its line end; 0 when that is not all there. A quoted line end of CSV is
/// part of its row.
std::size_t RowLength(Format format, std::string_view text);

}  // namespace signpost::manifest
