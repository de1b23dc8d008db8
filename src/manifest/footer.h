#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signpost/error.h"

#include "manifest/format.h"

namespace signpost::manifest {

/// What the whole manifest says about itself. docs/manifest.md specifies its bytes.
struct Footer {
  Format format = Format::kNdjson;
  std::uint64_t rows = 0;
  std::uint64_t error_rows = 0;
  std::uint64_t object_bytes = 0;
  std::uint64_t content_bytes = 0;  ///< Uncompressed.
  std::uint32_t content_crc32 = 0;  ///< Of the whole uncompressed content.
  std::string bucket;
  std::string prefix;  ///< Raw bytes.
  std::chrono::sys_seconds signed_at;
  std::chrono::sys_seconds expires_at;  ///< The earliest of all URLs.
  bool expires_at_is_upper_bound = false;
  bool in_key_order = true;  ///< False with `--listing serial`.

  /// A member of the index: where it starts in the file, and the number of its first row.
  struct Member {
    std::uint64_t offset = 0;
    std::uint64_t first_row = 0;
    bool operator==(const Member&) const = default;
  };
  std::vector<Member> members;  ///< Thinned out evenly to what fits; the first member is always there.
};

}  // namespace signpost::manifest
