#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sigv4/block_hash.h"
#include "sigv4/message_schedule.h"

namespace signpost::sigv4 {

/// The text that ends many messages whose beginnings have different lengths. Of a long one the whole blocks are known,
/// for each of the 64 ways to lie in blocks; with SHA-NI their message schedules are computed here, once: 16 KiB for
/// each 64 bytes of the text.
class KnownTail {
 public:
  /// `hash` must be available.
  KnownTail(std::string text, BlockHash hash);

  const std::string& text() const { return text_; }
  BlockHash hash() const { return hash_; }

  /// So many whole blocks are known, wherever the first one begins; 0 if the text is not long.
  std::size_t blocks() const { return blocks_; }
  /// Those that begin `at` bytes into the text, less than a block, to be absorbed into `*state`. Valid as long as this.
  KnownRun RunFrom(std::size_t at, BlockState* state) const;

 private:
  const std::uint8_t* BytesAt(std::size_t at) const;

  std::string text_;
  BlockHash hash_;
  std::size_t blocks_;
  std::vector<MessageSchedule> schedules_;  // blocks_ for each place in a block; empty without SHA-NI
};

}  // namespace signpost::sigv4
