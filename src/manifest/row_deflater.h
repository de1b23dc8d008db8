#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
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

  /// Tells of the block's next row, by its places in the text that Settle() or Pack() is given next, where it stands
  /// behind the rows so far.
  void AddRow(const RowPieces& row);

  /// The rows in `*text` are complete: takes in what the member needs of them and leaves those that the next ones
  /// repeat, from the latest row with a URL on, behind which the block goes on. A block is larger than the cache of a
  /// core; so its bytes are read while they are there.
  void Settle(std::string* text);

  struct Member {
    std::string_view bytes;        ///< Valid until the next call.
    std::uint64_t text_bytes = 0;  ///< What it unpacks to, less than 4 GiB.
    std::uint32_t text_crc32 = 0;  ///< RFC 1952 section 8.
  };
  /// The member of all rows since the last call, and of what is behind them in `text` as literals. kInternal when ISA-L
  /// has no codes for it.
  Result<Member> Pack(std::string_view text);

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace signpost::manifest
