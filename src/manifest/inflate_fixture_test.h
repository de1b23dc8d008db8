#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <zlib.h>

namespace signpost::manifest {

/// What zlib makes of `packed`, which unpacks to at most `most` bytes; a note instead if it is not one whole stream of
/// the form that `window_bits` stands for (inflateInit2() in zlib's manual: 31 gzip, whose CRC-32 and length are
/// checked, -15 deflate alone).
inline std::string Inflate(std::string_view packed, std::size_t most, int window_bits) {
  std::string out(most + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, window_bits), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int outcome = inflate(&stream, Z_FINISH);
  const bool whole = outcome == Z_STREAM_END && stream.avail_in == 0;
  out.resize(out.size() - stream.avail_out);
  const std::string problem = stream.msg == nullptr ? "" : stream.msg;
  inflateEnd(&stream);
  return whole ? out : "not one whole stream: " + std::to_string(outcome) + " " + problem;
}

}  // namespace signpost::manifest
