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
  std::vector<Member> members;  ///< At most kMaxMembers, thinned out evenly; the first member is always there.
};

/// More members than this are thinned out before they are written.
inline constexpr std::size_t kMaxMembers = 4096;

/// The longest footer member (the largest FEXTRA field of RFC 1952 is 65,535 bytes): a reader that fetches this many
/// bytes from the end of a file has the whole footer.
inline constexpr std::size_t kMaxFooterBytes = 10 + 2 + 65'535 + 10;

/// The last gzip member: empty, with the footer in its FEXTRA field. `offset` is where it will start in the file.
std::string EncodeFooterMember(const Footer& footer, std::uint64_t offset);

/// What a file's end says.
struct FoundFooter {
  Footer footer;
  std::uint64_t offset = 0;  ///< Where the footer member starts in the file.
};

/// Reads the footer from the last bytes of a file of `file_size` bytes: at least kMaxFooterBytes of them, or the whole
/// file. kNotFound when they do not end like a footer; kDataLoss when they do but it is damaged or belongs to another
/// file.
Result<FoundFooter> DecodeFooter(std::string_view tail, std::uint64_t file_size);

}  // namespace signpost::manifest
