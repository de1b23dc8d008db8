#include "base/bytes.h"

#include <algorithm>
#include <cstring>

#include "base/lanes.h"

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

/// The lower-case hexadecimal digits of values from 0 to 15.
Lanes HexDigits(Lanes values) { return values + '0' + ((values > 9) & ('a' - '0' - 10)); }

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
  for (; bytes.size() >= sizeof(Lanes); bytes = bytes.subspan(sizeof(Lanes)), out += 2 * sizeof(Lanes)) {
    const Lanes lanes = LoadLanes(reinterpret_cast<const char*>(bytes.data()));
    const Lanes high = HexDigits(lanes >> 4 & 15);
    const Lanes low = HexDigits(lanes & 15);
    const Lanes digits[] = {
        __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
        __builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31),
    };
    std::memcpy(out, digits, sizeof digits);
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
