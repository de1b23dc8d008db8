#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "signpost/error.h"

#include "manifest/row_pieces.h"

namespace signpost::manifest {

/// Packs the rows of a block into one gzip member (RFC 1952) of one deflate block with its own Huffman codes (RFC 1951
/// section 3.2.7).
///
/// A general compressor looks for repetitions with a hash table, the most costly thing that it does. Here it is known
/// where they are: a row has nearly everything from the row before, and its URL has the key. So each piece is compared
/// with its counterpart, and what differs (digits of signatures and ETags, mostly) goes out as literals. The pieces
/// only say where to look: each byte is compared before it is taken from elsewhere, so wrong ones cost length, nothing
/// else.
///
/// Keeps its buffers between calls. Not thread-safe.
class RowDeflater {
 public:
  RowDeflater();
  RowDeflater(RowDeflater&&) noexcept;
  RowDeflater& operator=(RowDeflater&&) noexcept;
  ~RowDeflater();

  /// Tells of a row while its bytes are at hand: the next one of the block, at the end of `text`, which holds the block
  /// so far and may move. Until Pack() nothing may change but the bytes of its signature.
  void AddRow(std::string_view text, const RowPieces& row);

  /// The member that unpacks to `text`, less than 4 GiB, whose CRC-32 (RFC 1952 section 8) is `crc32`: the rows since
  /// the last call, and what is behind them as literals. Valid until the next call. kInternal when ISA-L has no codes
  /// for it.
  Result<std::string_view> Pack(std::string_view text, std::uint32_t crc32);

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace signpost::manifest
