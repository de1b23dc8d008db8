#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace signpost::manifest {

/// What the CRC-32 of a text becomes when so many bytes follow whose own is 0 (RFC 1952 section 8). XORed with the
/// CRC-32 of as many other bytes, it is that of the text and these: zlib's crc32_combine(), with tables for one length.
class Crc32Shift {
 public:
  explicit Crc32Shift(std::size_t bytes);

  std::size_t bytes() const { return bytes_; }
  std::uint32_t Apply(std::uint32_t crc) const {
    return tables_[0][crc & 0xff] ^ tables_[1][crc >> 8 & 0xff] ^ tables_[2][crc >> 16 & 0xff] ^ tables_[3][crc >> 24];
  }

 private:
  std::size_t bytes_;
  std::array<std::array<std::uint32_t, 256>, 4> tables_;  // for each byte of a CRC
};

/// The CRC-32 (RFC 1952 section 8) of rows that have a long text in common, which is read once.
class RowChecksum {
 public:
  /// Begins anew.
  void Start();

  /// The next row has the common text at `begin`, behind that of the row before: `size` bytes. `as_before`: the same
  /// bytes as the row that was told of last.
  void AddCommon(std::size_t begin, std::size_t size, bool as_before);

  /// Takes in `text` from `begin` on. The places that AddCommon() was told of since the last call are in there.
  void Read(std::string_view text, std::size_t begin);

  std::uint32_t value() const { return crc_; }

 private:
  struct Common {
    std::size_t begin;
    std::size_t size;
    bool as_before;
  };

  void ReadCommon(std::string_view text, bool as_before);

  std::vector<Common> places_;
  std::uint32_t crc_ = 0;
  std::uint32_t common_crc_ = 0;
  Crc32Shift shift_{0};
};

}  // namespace signpost::manifest
