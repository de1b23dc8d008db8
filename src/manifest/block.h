#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "signpost/presigner.h"

#include "manifest/format.h"
#include "s3/list_page.h"

namespace signpost::manifest {

/// A row that cannot be served, as told in the result.
struct RowError {
  std::string key;
  std::string code;
  std::string message;
};

/// The rows of one page, ready to be written: one gzip member, or the rows themselves.
struct Block {
  std::string bytes;
  std::uint64_t rows = 0;
  std::uint64_t error_rows = 0;
  std::uint64_t object_bytes = 0;   ///< Sum of the objects' sizes.
  std::uint64_t content_bytes = 0;  ///< Length of the uncompressed rows.
  std::uint32_t content_crc32 = 0;  ///< CRC-32 (RFC 1952 section 8) of the uncompressed rows.
  std::vector<RowError> errors;     ///< The first 100 of error_rows.
};

/// Turns list pages into blocks. Keeps its buffers between calls, so one for each thread that encodes. Objects that S3
/// does not serve by GET (storage classes GLACIER, DEEP_ARCHIVE) become error rows with the code "InvalidObjectState".
class BlockEncoder {
 public:
  BlockEncoder(Format format, Compression compression);
  BlockEncoder(BlockEncoder&&) noexcept;
  BlockEncoder& operator=(BlockEncoder&&) noexcept;
  ~BlockEncoder();

  /// Encodes `objects`, which may be empty (then the block is empty). The urls format leaves error rows out and counts
  /// them.
  Result<Block> Encode(std::span<const s3::ListedObject> objects, const Presigner& presigner);

  /// A block of no rows: what stands before the first row.
  Result<Block> EncodeText(std::string_view text);

 private:
  struct State;
  Status Close(Block* block);

  std::unique_ptr<State> state_;
};

}  // namespace signpost::manifest
