#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <isa-l/igzip_lib.h>

#include "signpost/error.h"

#include "manifest/row_copies.h"

namespace signpost::manifest {

/// Codes and the bits that follow them, to be written least significant first (RFC 1951 section 3.1.1).
struct CodeBits {
  std::uint64_t bits = 0;
  unsigned count = 0;

  CodeBits Then(CodeBits more) const { return {.bits = bits | more.bits << count, .count = count + more.count}; }
};

/// Writes literals and copies as one deflate block with its own Huffman codes (RFC 1951 section 3.2.7), the last one of
/// its stream. The codes fit the symbols of a sample.
///
/// Digits 0-9 a-f, which are most of the literals of rows, are looked up two at a time. Not thread-safe.
class DeflateBlock {
 public:
  /// Begins a block of which nothing has been counted.
  void Start();

  /// `steps` belong to the sample; their literals stand at `literals`, one behind the other.
  void Count(const char* literals, std::span<const Step> steps);

  /// Makes the codes; a symbol that was not counted gets a long one. kInternal when ISA-L has none.
  Status MakeCodes();

  /// How many bytes Write() may write for a text of `text_bytes`: each a literal of the longest code.
  static std::size_t MostBytes(std::uint64_t text_bytes);

  /// Writes all `steps`, whose literals stand at `literals`, with the codes of the last MakeCodes(). Returns the end of
  /// the block; behind it up to eight of the MostBytes() may be written as well.
  char* Write(const char* literals, std::span<const Step> steps, char* out) const;

 private:
  class BitWriter;

  /// The codes of bytes' two digits.
  struct HexCodes {
    std::array<std::uint32_t, 256> bits;
    std::array<std::uint8_t, 256> counts;
    bool are_short = false;  // those of eight digits fit what is written at once

    CodeBits operator[](std::size_t byte) const { return {.bits = bits[byte], .count = counts[byte]}; }
  };

  CodeBits Literal(std::size_t symbol) const {
    return {.bits = tables_.lit_table[symbol], .count = tables_.lit_table_sizes[symbol]};
  }
  CodeBits LengthBits(std::uint32_t length) const;
  CodeBits DistanceBits(std::uint32_t distance) const;
  void WriteSteps(const char* literals, std::span<const Step> steps, BitWriter* writer) const;
  void WriteLiterals(const char* text, std::size_t size, BitWriter* writer) const;

  isal_huff_histogram histogram_;
  isal_hufftables tables_;
  HexCodes hex_;
};

}  // namespace signpost::manifest
