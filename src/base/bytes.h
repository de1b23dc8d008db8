#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace signpost {

/// Lower-case hexadecimal of `bytes`, two characters each.
std::string HexEncode(std::span<const std::uint8_t> bytes);

/// Writes two lower-case hex digits to `out` for each of `bytes`.
void WriteHex(std::span<const std::uint8_t> bytes, char* out);

/// Standard base64 with padding (RFC 4648 section 4).
std::string Base64Encode(std::span<const std::uint8_t> bytes);

/// Percent-encodes every byte but the unreserved `A-Z a-z 0-9 - . _ ~` (RFC 3986 section 2.3), upper-case hex; `/` is
/// kept when `keep_slash`. Appends to `*out`.
void AppendPercentEncoded(std::string_view bytes, bool keep_slash, std::string* out);

/// The room that WritePercentEncoded() needs for `size` bytes: three for each, and one that it may overwrite.
constexpr std::size_t MostPercentEncodedBytes(std::size_t size) { return 3 * size + 1; }
/// The same, written to `out`, which has room for MostPercentEncodedBytes(); returns the end of what was written.
char* WritePercentEncoded(std::string_view bytes, bool keep_slash, char* out);
std::string PercentEncode(std::string_view bytes, bool keep_slash = false);

/// Decodes `%XX` where it stands; with `plus_is_space` also `+` to a space, as in S3's `encoding-type=url` answers.
/// Returns the number of bytes left, or std::string_view::npos (with the text half decoded) when a `%` is not followed
/// by two hex digits.
std::size_t PercentDecodeInPlace(char* text, std::size_t size, bool plus_is_space);

/// The same, appended to `*out`; false, with `*out` in an unspecified state, for a malformed text.
bool AppendPercentDecoded(std::string_view text, bool plus_is_space, std::string* out);

/// `text` with A-Z as a-z, whatever the locale.
std::string LowerCase(std::string_view text);

/// The bytes of `text` for use with byte APIs.
inline std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace signpost
