#include "base/bytes.h"

namespace signpost {
namespace {

constexpr char kLowerHex[] = "0123456789abcdef";
constexpr char kUpperHex[] = "0123456789ABCDEF";

constexpr std::array<bool, 256> kUnreserved = [] {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (const char c : {'-', '.', '_', '~'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string HexEncode(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += kLowerHex[byte >> 4];
    out += kLowerHex[byte & 15];
  }
  return out;
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

void AppendPercentEncoded(std::string_view bytes, bool keep_slash, std::string* out) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUnreserved[byte] || (keep_slash && c == '/')) {
      out->push_back(c);
    } else {
      const char escape[] = {'%', kUpperHex[byte >> 4], kUpperHex[byte & 15]};
      out->append(escape, sizeof escape);
    }
  }
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
