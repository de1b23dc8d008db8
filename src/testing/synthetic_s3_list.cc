#include "testing/synthetic_s3_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/bytes.h"

namespace signpost::testing {
namespace {

constexpr std::uint64_t kTokenMask = 0x5bf03635d1f1e7b5;

constexpr std::array<bool, 256> kKeptInUrl = [] {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (const char c : {'-', '.', '_', '*', '/'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

constexpr std::array<bool, 256> kKeptInXml = [] {
  std::array<bool, 256> table{};
  for (int c = 0x20; c < 256; ++c) table[c] = true;
  for (const char c : {'&', '<', '>', '"', '\x7f'}) table[static_cast<unsigned char>(c)] = false;
  return table;
}();

/// Calls `escape` for each byte outside of `kept`, and appends the runs between them whole.
template <typename Escape>
void AppendEscaped(std::string_view raw, const std::array<bool, 256>& kept, std::string* out, Escape&& escape) {
  const char* run = raw.data();
  const char* const end = run + raw.size();
  for (const char* at = run; at != end; ++at) {
    const auto byte = static_cast<unsigned char>(*at);
    if (kept[byte]) continue;
    out->append(run, at);
    escape(byte);
    run = at + 1;
  }
  out->append(run, end);
}

constexpr char kUpperHex[] = "0123456789ABCDEF";
constexpr char kLowerHex[] = "0123456789abcdef";

void AppendNumber(std::uint64_t value, std::string* out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out->append(digits, end);
}

char* PutHex(std::uint64_t value, char* at) {
  for (int i = 16; i-- > 0; value >>= 4) at[i] = kLowerHex[value & 15];
  return at + 16;
}

char* PutTwoDigits(std::uint64_t value, char* at) {
  at[0] = static_cast<char>('0' + value / 10);
  at[1] = static_cast<char>('0' + value % 10);
  return at + 2;
}

/// As opaque as S3's own: base64, with characters that a query must escape.
std::string TokenFor(std::uint64_t index) {
  std::array<std::uint8_t, 16> bytes;
  const std::uint64_t hidden = index ^ kTokenMask;
  const std::uint64_t check = MixBits(hidden);
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(hidden >> (8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(check >> (8 * i));
  }
  return "1+/" + Base64Encode(bytes);
}

std::optional<std::uint64_t> IndexOfToken(std::string_view token) {
  if (!token.starts_with("1+/") || token.size() != 27) return std::nullopt;
  token.remove_prefix(3);
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::uint64_t hidden = 0;
  int bits = 0;
  for (std::uint32_t group = 0, have = 0; const char c : token.substr(0, 11)) {  // 66 bits: the index and two more.
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have >= 8 && bits < 64) {
      have -= 8;
      hidden |= static_cast<std::uint64_t>(group >> have & 255) << bits;
      bits += 8;
    }
  }
  const std::uint64_t index = hidden ^ kTokenMask;
  if (TokenFor(index).substr(3) != token) return std::nullopt;
  return index;
}

void AppendElement(std::string_view name, std::string_view raw, bool encode_url, std::string* body) {
  body->append("<").append(name).append(">");
  if (encode_url) {
    AppendS3UrlEncoded(raw, body);
  } else {
    AppendXmlText(raw, body);
  }
  body->append("</").append(name).append(">");
}

void AppendContents(std::string_view key, std::uint64_t index, bool encode_url, std::string* body) {
  body->append("<Contents><Key>");
  if (encode_url) {
    AppendS3UrlEncoded(key, body);
  } else {
    AppendXmlText(key, body);
  }
  const SyntheticObject object = SyntheticObjectAt(index);
  char text[] =
      "</Key><LastModified>2025-MM-DDTHH:MM:SS.000Z</LastModified>"
      "<ETag>&quot;0123456789abcdef0123456789abcdef&quot;</ETag><Size>";
  constexpr std::size_t kDate = sizeof("</Key><LastModified>2025-") - 1;
  constexpr std::size_t kEtag = sizeof("</Key><LastModified>2025-MM-DDTHH:MM:SS.000Z</LastModified><ETag>&quot;") - 1;
  std::uint64_t when = object.etag_low;
  for (const auto [offset, count, first] : {std::array{0, 12, 1}, {3, 28, 1}, {6, 24, 0}, {9, 60, 0}, {12, 60, 0}}) {
    const auto values = static_cast<std::uint64_t>(count);
    PutTwoDigits(when % values + static_cast<std::uint64_t>(first), text + kDate + offset);
    when /= values;
  }
  PutHex(object.etag_low, PutHex(object.etag_high, text + kEtag));
  body->append(text, sizeof text - 1);
  AppendNumber(object.size, body);
  body->append("</Size><StorageClass>STANDARD</StorageClass></Contents>");
}

void AppendHead(const SyntheticListRequest& request, std::string_view next_token, std::uint64_t count,
                std::string* body) {
  body->assign(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  AppendElement("Name", request.bucket, false, body);
  AppendElement("Prefix", request.prefix, request.encode_url, body);
  if (!request.continuation_token.empty()) {
    AppendElement("ContinuationToken", request.continuation_token, false, body);
  }
  if (!next_token.empty()) AppendElement("NextContinuationToken", next_token, false, body);
  if (!request.start_after.empty()) AppendElement("StartAfter", request.start_after, request.encode_url, body);
  body->append("<KeyCount>");
  AppendNumber(count, body);
  body->append("</KeyCount><MaxKeys>");
  AppendNumber(request.max_keys, body);
  body->append("</MaxKeys>");
  if (request.encode_url) body->append("<EncodingType>url</EncodingType>");
  body->append(next_token.empty() ? "<IsTruncated>false</IsTruncated>" : "<IsTruncated>true</IsTruncated>");
}

}  // namespace

SyntheticObject SyntheticObjectAt(std::uint64_t index) {
  const std::uint64_t high = MixBits(index);
  return {high >> 40, high, MixBits(high)};
}

bool RenderListPage(const KeyShape& shape, const SyntheticListRequest& request, std::string* body) {
  const KeyShape::Range range = shape.WithPrefix(request.prefix);
  std::uint64_t first = range.first;
  if (!request.continuation_token.empty()) {
    const auto index = IndexOfToken(request.continuation_token);
    if (!index) return false;
    first = std::max(first, *index);
  } else if (!request.start_after.empty()) {
    first = std::max(first, shape.UpperBound(request.start_after));
  }
  first = std::min(first, range.last);
  const std::uint64_t last = first + std::min(request.max_keys, range.last - first);
  const bool truncated = last < range.last && request.max_keys > 0;
  AppendHead(request, truncated ? TokenFor(last) : std::string(), last - first, body);
  std::string key;
  for (std::uint64_t index = first; index < last; ++index) {
    shape.KeyAt(index, &key);
    AppendContents(key, index, request.encode_url, body);
  }
  body->append("</ListBucketResult>");
  return true;
}

void AppendS3UrlEncoded(std::string_view raw, std::string* out) {
  AppendEscaped(raw, kKeptInUrl, out, [out](unsigned char byte) {
    if (byte == ' ') {
      out->push_back('+');
    } else {
      const char escape[] = {'%', kUpperHex[byte >> 4], kUpperHex[byte & 15]};
      out->append(escape, sizeof escape);
    }
  });
}

void AppendXmlText(std::string_view raw, std::string* out) {
  AppendEscaped(raw, kKeptInXml, out, [out](unsigned char byte) {
    switch (byte) {
      case '&':
        out->append("&amp;");
        break;
      case '<':
        out->append("&lt;");
        break;
      case '>':
        out->append("&gt;");
        break;
      case '"':
        out->append("&quot;");
        break;
      default:
        const char reference[] = {'&', '#', 'x', kLowerHex[byte >> 4], kLowerHex[byte & 15], ';'};
        out->append(reference, sizeof reference);
    }
  });
}

}  // namespace signpost::testing
