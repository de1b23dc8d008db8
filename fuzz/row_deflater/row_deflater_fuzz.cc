// Any text cut into any rows and pieces unpacks, by zlib, to the same text. The input: how many rows; for each its
// length and where its pieces begin, a byte each; the rest is the text, and what it has more than the rows is left out.
// Rows of odd length settle.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "manifest/row_deflater.h"

namespace {

using signpost::manifest::RowPieces;

class Input {
 public:
  Input(const std::uint8_t* bytes, std::size_t size) : left_(reinterpret_cast<const char*>(bytes), size) {}

  std::size_t Byte() {
    if (left_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(left_.front());
    left_.remove_prefix(1);
    return byte;
  }
  std::string_view left() const { return left_; }

 private:
  std::string_view left_;
};

std::string Unpack(std::string_view member, std::size_t size) {
  std::string text(size + 1, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) std::abort();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(member.data()));
  stream.avail_in = static_cast<uInt>(member.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  if (inflate(&stream, Z_FINISH) != Z_STREAM_END || stream.avail_in != 0) std::abort();
  text.resize(text.size() - stream.avail_out);
  inflateEnd(&stream);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Input input(bytes, size);
  std::vector<RowPieces> rows(input.Byte());
  std::size_t at = 0;
  for (RowPieces& row : rows) {
    const std::size_t length = input.Byte();
    for (std::size_t& begin : row.begin) begin = at + std::min(length, input.Byte());
    std::ranges::sort(row.begin);
    row.begin.front() = at;
    row.begin.back() = at += length;
  }
  if (!rows.empty() && at > input.left().size()) return 0;
  const std::string_view text = rows.empty() ? input.left() : input.left().substr(0, at);
  if (text.empty()) return 0;
  signpost::manifest::RowDeflater deflater;
  std::string unsettled;
  if (rows.empty()) unsettled = text;
  for (RowPieces row : rows) {
    const std::string_view bytes_of_row = text.substr(row.begin.front(), row.begin.back() - row.begin.front());
    const std::size_t moved = row.begin.front() - unsettled.size();
    for (std::size_t& begin : row.begin) begin -= moved;
    unsettled += bytes_of_row;
    deflater.AddRow(row);
    if (bytes_of_row.size() % 2 == 1) deflater.Settle(&unsettled);
  }
  const auto member = deflater.Pack(unsettled);
  if (!member || Unpack(member->bytes, text.size()) != text) std::abort();
  return 0;
}
