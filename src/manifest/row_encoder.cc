#include "manifest/row_encoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/bytes.h"

namespace signpost::manifest {
namespace {

constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

constexpr bool IsPlainInJson(unsigned char byte) { return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\'; }

constexpr std::array<bool, 256> kPlainInJson = [] {
  std::array<bool, 256> table{};
  for (int byte = 0; byte < 256; ++byte) table[byte] = IsPlainInJson(static_cast<unsigned char>(byte));
  return table;
}();

/// How many bytes at the front of `text` need no escape.
std::size_t PlainPrefix(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x80 * kOnes;
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    // The top bit of each byte, and of some that follow one of these: is it below the bound?
    const auto below = [](std::uint64_t bytes, std::uint64_t bound) { return (bytes - bound * kOnes) & ~bytes; };
    const std::uint64_t special = below(word, 0x20) | below(word ^ '"' * kOnes, 1) | below(word ^ '\\' * kOnes, 1);
    if (((special | word | (word + kOnes)) & kTops) != 0) break;
  }
  while (at < text.size() && kPlainInJson[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

void AppendUnicodeEscape(unsigned code, std::string* out) {
  constexpr char kHex[] = "0123456789abcdef";
  const char escape[] = {'\\', 'u', kHex[code >> 12], kHex[code >> 8 & 15], kHex[code >> 4 & 15], kHex[code & 15]};
  out->append(escape, sizeof escape);
}

void AppendAsciiEscape(char c, std::string* out) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      AppendUnicodeEscape(static_cast<unsigned char>(c), out);
  }
}

/// The length of the valid UTF-8 sequence at the start of `text`, 0 if there is none (RFC 3629 section 4).
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                             : lead < 0xf5 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (length > 2) {
    // Overlong forms, surrogates and code points over U+10FFFF show in the second byte.
    const unsigned second = byte(1);
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f) || (lead == 0xf0 && second < 0x90) ||
        (lead == 0xf4 && second > 0x8f)) {
      return 0;
    }
  }
  return length;
}

/// The code point of a line end beyond ASCII (NEL, line separator, paragraph separator); 0 for another character.
unsigned WideLineEnd(std::string_view character) {
  if (character == "\xc2\x85") return 0x85;
  if (character == "\xe2\x80\xa8") return 0x2028;
  return character == "\xe2\x80\xa9" ? 0x2029 : 0;
}

void AppendNumber(std::uint64_t value, std::string* out) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out->append(digits, end - digits);
}

/// Notes where the pieces of the row that is being appended begin.
class PieceMarker {
 public:
  /// A row begins at the end of `text`; so do, until they are marked, all its pieces.
  explicit PieceMarker(const std::string* text) : text_(text) { pieces_.begin.fill(text->size()); }

  /// `piece` begins at the end of the text.
  void Mark(RowPieces::Piece piece) { pieces_.begin[piece] = text_->size(); }
  void MarkUrl(const UrlBatch::Place& url) {
    pieces_.begin[RowPieces::kPath] = url.path;
    pieces_.begin[RowPieces::kBeforeSignature] = url.query;
    pieces_.begin[RowPieces::kSignature] = url.signature;
    Mark(RowPieces::kAfterSignature);
  }
  /// The row has no URL.
  void MarkNoUrl() {
    for (std::size_t piece = RowPieces::kPath; piece < RowPieces::kCount; ++piece) pieces_.begin[piece] = text_->size();
  }
  /// The text ends with the row.
  RowPieces Finish() {
    pieces_.begin[RowPieces::kCount] = text_->size();
    return pieces_;
  }

 private:
  const std::string* text_;
  RowPieces pieces_;
};

RowPieces AppendNdjsonRow(const s3::ListedObject& object, const std::optional<Unservable>& unservable, UrlBatch* urls) {
  std::string* const out = urls->text();
  PieceMarker marker(out);
  out->append("{\"key\":\"");
  marker.Mark(RowPieces::kKey);
  const bool exact = AppendJsonEscaped(object.key, out);
  marker.Mark(RowPieces::kBeforeSize);
  out->append("\",\"size\":");
  marker.Mark(RowPieces::kSize);
  AppendNumber(object.size, out);
  marker.Mark(RowPieces::kBeforeEtag);
  out->append(",\"etag\":\"");
  marker.Mark(RowPieces::kEtag);
  AppendJsonEscaped(object.etag, out);
  marker.Mark(RowPieces::kModified);
  out->append("\",\"last_modified\":\"");
  AppendJsonEscaped(object.last_modified, out);
  marker.Mark(RowPieces::kNotInAll);
  if (object.storage_class != "STANDARD") {
    out->append("\",\"storage_class\":\"");
    AppendJsonEscaped(object.storage_class, out);
  }
  if (!exact) {
    out->append("\",\"key_base64\":\"");
    out->append(Base64Encode(AsBytes(object.key)));
  }
  marker.Mark(RowPieces::kBeforePath);
  if (unservable) {
    out->append("\",\"error\":{\"code\":\"").append(unservable->code);
    out->append("\",\"message\":\"").append(unservable->message).append("\"}}\n");
    marker.MarkNoUrl();
  } else {
    out->append("\",\"url\":\"");
    marker.MarkUrl(urls->AppendGetUrl(object.key));
    out->append("\"}\n");
  }
  return marker.Finish();
}

bool IsQuotedInCsv(char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; }

void AppendCsvField(std::string_view field, std::string* out) {
  if (std::ranges::none_of(field, IsQuotedInCsv) && !field.starts_with(' ') && !field.ends_with(' ')) {
    out->append(field);
    return;
  }
  out->push_back('"');
  for (const char c : field) {
    if (c == '"') out->push_back('"');
    out->push_back(c);
  }
  out->push_back('"');
}

RowPieces AppendCsvRow(const s3::ListedObject& object, const std::optional<Unservable>& unservable, UrlBatch* urls) {
  std::string* const out = urls->text();
  PieceMarker marker(out);
  AppendCsvField(object.key, out);
  marker.Mark(RowPieces::kBeforeSize);
  out->push_back(',');
  marker.Mark(RowPieces::kSize);
  AppendNumber(object.size, out);
  marker.Mark(RowPieces::kBeforeEtag);
  out->push_back(',');
  marker.Mark(RowPieces::kEtag);
  AppendCsvField(object.etag, out);
  marker.Mark(RowPieces::kModified);
  out->push_back(',');
  AppendCsvField(object.last_modified, out);
  marker.Mark(RowPieces::kNotInAll);
  marker.Mark(RowPieces::kBeforePath);
  out->push_back(',');
  if (unservable) {
    marker.MarkNoUrl();
    out->append(",").append(unservable->code);
  } else {
    marker.MarkUrl(urls->AppendGetUrl(object.key));
    out->push_back(',');
  }
  out->append("\r\n");
  return marker.Finish();
}

RowPieces AppendUrlRow(const s3::ListedObject& object, const std::optional<Unservable>& unservable, UrlBatch* urls) {
  PieceMarker marker(urls->text());
  if (!unservable) {
    marker.MarkUrl(urls->AppendGetUrl(object.key));
    urls->text()->push_back('\n');
  }
  return marker.Finish();
}

}  // namespace

std::optional<Unservable> WhyUnservable(const s3::ListedObject& object) {
  if (object.storage_class != "GLACIER" && object.storage_class != "DEEP_ARCHIVE") return std::nullopt;
  return Unservable{"InvalidObjectState", "the object is archived; restore it first"};
}

RowPieces AppendRow(Format format, const s3::ListedObject& object, const std::optional<Unservable>& unservable,
                    UrlBatch* urls) {
  switch (format) {
    case Format::kNdjson:
      return AppendNdjsonRow(object, unservable, urls);
    case Format::kCsv:
      return AppendCsvRow(object, unservable, urls);
    case Format::kUrls:
      return AppendUrlRow(object, unservable, urls);
  }
  std::unreachable();
}

std::string_view Header(Format format) {
  return format == Format::kCsv ? "key,size,etag,last_modified,url,error\r\n" : "";
}

bool AppendJsonEscaped(std::string_view text, std::string* out) {
  bool valid = true;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t plain = PlainPrefix(text.substr(at));
    out->append(text, at, plain);
    at += plain;
    if (at == text.size()) break;
    const std::size_t length = Utf8Length(text.substr(at));
    const std::string_view character = text.substr(at, length);
    if (length == 0) {
      out->append(kReplacementCharacter);
      valid = false;
    } else if (length == 1) {
      AppendAsciiEscape(character[0], out);
    } else if (const unsigned line_end = WideLineEnd(character); line_end != 0) {
      AppendUnicodeEscape(line_end, out);
    } else {
      out->append(character);
    }
    at += length == 0 ? 1 : length;
  }
  return valid;
}

}  // namespace signpost::manifest
