#include "base/bytes.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/hex_digits.h"

namespace signpost {
namespace {

constexpr char kLowerHex[] = "0123456789abcdef";
constexpr char kUpperHex[] = "0123456789ABCDEF";

/// A byte as it is written: itself or "%XX".
struct Escape {
  char text[3];
  std::uint8_t size;
};

constexpr bool IsUnreserved(int c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

constexpr std::array<Escape, 256> MakeEscapes(bool keep_slash) {
  std::array<Escape, 256> table{};
  for (int c = 0; c < 256; ++c) {
    if (IsUnreserved(c) || (keep_slash && c == '/')) {
      table[c] = {{static_cast<char>(c)}, 1};
    } else {
      table[c] = {{'%', kUpperHex[c >> 4], kUpperHex[c & 15]}, 3};
    }
  }
  return table;
}

constexpr std::array<Escape, 256> kEscapes = MakeEscapes(/*keep_slash=*/false);
constexpr std::array<Escape, 256> kEscapesButSlash = MakeEscapes(/*keep_slash=*/true);

constexpr std::size_t kBytesAtOnce = sizeof(std::uint32_t);

/// The eight digits of the four bytes that lie in memory as `four` does.
std::uint64_t HexDigitsOf(std::uint32_t four) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t apart = (four | std::uint64_t{four} << 16) & 0x0000ffff0000ffff;
  apart = (apart | apart << 8) & 0x00ff00ff00ff00ff;
  return HexDigits((apart >> 4 | apart << 8) & 0x0f0f0f0f0f0f0f0f);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string HexEncode(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.resize(bytes.size() * 2);
  WriteHex(bytes, out.data());
  return out;
}

void WriteHex(std::span<const std::uint8_t> bytes, char* out) {
  for (; bytes.size() >= kBytesAtOnce; bytes = bytes.subspan(kBytesAtOnce), out += 2 * kBytesAtOnce) {
    std::uint32_t four;
    std::memcpy(&four, bytes.data(), sizeof four);
    const std::uint64_t digits = HexDigitsOf(four);
    std::memcpy(out, &digits, sizeof digits);
  }
  for (const std::uint8_t byte : bytes) {
    *out++ = kLowerHex[byte >> 4];
    *out++ = kLowerHex[byte & 15];
  }
}

std::string Base64Encode(std::span<const std::uint8_t> bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t group = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    out += kAlphabet[group >> 18];
    out += kAlphabet[group >> 12 & 63];
    out += left > 1 ? kAlphabet[group >> 6 & 63] : '=';
    out += left > 2 ? kAlphabet[group & 63] : '=';
  }
  return out;
}

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

char* WritePercentEncoded(std::string_view bytes, bool keep_slash, char* out) {
  const auto& escapes = keep_slash ? kEscapesButSlash : kEscapes;
  constexpr std::size_t kStride = 8;
  const char* in = bytes.data();
  const char* const end = in + bytes.size();
  while (in != end) {
    const std::size_t stride = std::min<std::size_t>(kStride, end - in);
    if (stride == kStride) {
      unsigned written = 0;
      for (std::size_t i = 0; i < kStride; ++i) written += escapes[static_cast<unsigned char>(in[i])].size;
      if (written == kStride) {  // Eight bytes that stay what they are, as nearly all of most keys.
        std::memcpy(out, in, kStride);
        in += kStride;
        out += kStride;
        continue;
      }
    }
    for (std::size_t i = 0; i < stride; ++i) {
      // Four bytes always, for a store without a branch; what is over the escape's size is overwritten by the next one.
      const Escape& escape = escapes[static_cast<unsigned char>(*in++)];
      std::memcpy(out, &escape, sizeof escape);
      out += escape.size;
    }
  }
  return out;
}

void AppendPercentEncoded(std::string_view bytes, bool keep_slash, std::string* out) {
  const std::size_t before = out->size();
  out->resize_and_overwrite(before + MostPercentEncodedBytes(bytes.size()), [&](char* text, std::size_t) {
    return static_cast<std::size_t>(WritePercentEncoded(bytes, keep_slash, text + before) - text);
  });
}

std::string PercentEncode(std::string_view bytes, bool keep_slash) {
  std::string out;
  AppendPercentEncoded(bytes, keep_slash, &out);
  return out;
}

std::size_t PercentDecodeInPlace(char* text, std::size_t size, bool plus_is_space) {
  std::size_t written = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (text[i] == '+' && plus_is_space) {
      text[written++] = ' ';
    } else if (text[i] != '%') {
      text[written++] = text[i];
    } else {
      if (size - i < 3) return std::string_view::npos;
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) return std::string_view::npos;
      text[written++] = static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return written;
}

bool AppendPercentDecoded(std::string_view text, bool plus_is_space, std::string* out) {
  const std::size_t before = out->size();
  out->append(text);
  const std::size_t size = PercentDecodeInPlace(out->data() + before, text.size(), plus_is_space);
  if (size == std::string_view::npos) return false;
  out->resize(before + size);
  return true;
}

}  // namespace signpost
