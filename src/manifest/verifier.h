#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "manifest/byte_source.h"
#include "manifest/footer.h"

namespace signpost::manifest {

struct VerifyOptions {
  bool footer_only = false;  ///< Trust the footer and the file's length; read none of the rows.
};

/// What was found. A manifest is proven complete when there is no problem: its footer is whole, the file has the length
/// that the footer says, every member decompresses, and rows, length and CRC-32 of the content are the footer's.
struct VerifyReport {
  std::optional<Footer> footer;
  std::uint64_t rows_read = 0;        ///< 0 with footer_only.
  std::vector<std::string> problems;  ///< One line each.

  bool complete() const { return footer && problems.empty(); }
};

/// Reads the footer first, with one read of the end of the file, then all members in order, in constant memory. Damage
/// is told in the report; an error means that the file could not be read.
Result<VerifyReport> Verify(ByteSource& source, const CallContext& context, const VerifyOptions& options = {});

}  // namespace signpost::manifest
