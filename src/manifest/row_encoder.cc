#include "manifest/row_encoder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/lanes.h"

namespace signpost::manifest {
namespace {

constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

constexpr bool IsPlainInJson(unsigned char byte) { return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\'; }

constexpr std::array<bool, 256> kPlainInJson = [] {
  std::array<bool, 256> table{};
  for (int byte = 0; byte < 256; ++byte) table[byte] = IsPlainInJson(static_cast<unsigned char>(byte));
  return table;
}();

/// Copies the bytes of Lanes from `from` to `out`; returns whether none of them needs an escape.
bool CopyIfPlain(const char* from, char* out) {
  const Lanes bytes = LoadLanes(from);
  std::memcpy(out, &bytes, sizeof bytes);
  return !Any((bytes < 0x20) | (bytes == 0x7f) | (bytes == '"') | (bytes == '\\'));  // over 0x7f is less than 0
}

/// Copies what needs no escape at the front of `text` to `out`; returns how many bytes that is.
std::size_t CopyPlainPrefix(std::string_view text, char* out) {
  std::size_t at = 0;
  if (const std::size_t size = text.size(); size >= sizeof(Lanes)) {
    const std::size_t last = size - sizeof(Lanes);
    while (at < last && CopyIfPlain(text.data() + at, out + at)) at += sizeof(Lanes);
    if (at >= last && CopyIfPlain(text.data() + last, out + last)) return size;
  }
  for (; at < text.size() && kPlainInJson[static_cast<unsigned char>(text[at])]; ++at) out[at] = text[at];
  return at;
}

char* Write(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* WriteUnicodeEscape(unsigned code, char* out) {
  constexpr char kHex[] = "0123456789abcdef";
  const char escape[] = {'\\', 'u', kHex[code >> 12], kHex[code >> 8 & 15], kHex[code >> 4 & 15], kHex[code & 15]};
  return Write({escape, sizeof escape}, out);
}

char* WriteAsciiEscape(char c, char* out) {
  switch (c) {
    case '"':
      return Write("\\\"", out);
    case '\\':
      return Write("\\\\", out);
    case '\n':
      return Write("\\n", out);
    case '\r':
      return Write("\\r", out);
    case '\t':
      return Write("\\t", out);
    default:
      return WriteUnicodeEscape(static_cast<unsigned char>(c), out);
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

/// An escape of JSON has at most so many bytes for one.
constexpr std::size_t kMostJsonBytes = 6;
/// std::uint64_t's.
constexpr std::size_t kMostDigits = 20;

/// Writes a row at the end of a text, and notes where its pieces begin.
class RowWriter {
 public:
  /// Until they are marked, all of `*pieces` begin with the row. `most_bytes` is the room that all needs but the URL.
  RowWriter(std::string* text, std::size_t most_bytes, RowPieces* pieces) : text_(text), pieces_(pieces) {
    pieces_->begin.fill(text->size());
    Reserve(most_bytes);
  }

  /// `piece` begins here.
  void Mark(RowPieces::Piece piece) { pieces_->begin[piece] = position(); }

  void Text(std::string_view text) { at_ = Write(text, at_); }
  void Number(std::uint64_t value) { at_ = std::to_chars(at_, at_ + kMostDigits, value).ptr; }
  /// `text` as the inside of a JSON string (RFC 8259 section 7), up to kMostJsonBytes for each of its bytes. Escaped
  /// are `"`, `\`, U+0000 to U+001F, U+007F, U+0085, U+2028 and U+2029, so that a row is one line for every reader; a
  /// byte that is not part of valid UTF-8 becomes U+FFFD. Returns whether `text` was valid UTF-8, so that the escape
  /// loses nothing.
  bool Json(std::string_view text);
  /// Quoted (RFC 4180 section 2) where it has to be: up to two bytes for each of its bytes, and two more.
  void CsvField(std::string_view field);

  /// The URL's pieces; then comes `end`.
  void Url(std::string_view key, UrlBatch* urls, std::string_view end) {
    text_->resize(position());
    const UrlBatch::Place url = urls->AppendGetUrl(key);
    pieces_->begin[RowPieces::kPath] = url.path;
    pieces_->begin[RowPieces::kBeforeSignature] = url.query;
    pieces_->begin[RowPieces::kSignature] = url.signature;
    pieces_->begin[RowPieces::kAfterSignature] = text_->size();
    Reserve(end.size());
    Text(end);
  }
  /// The row has no URL; what it has instead is kNotInAll.
  void NoUrl() { std::fill(&pieces_->begin[RowPieces::kBeforePath], &pieces_->begin[RowPieces::kCount], position()); }

  /// The text ends with the row.
  void Finish() {
    pieces_->begin[RowPieces::kCount] = position();
    text_->resize(position());
  }

 private:
  std::size_t position() const { return static_cast<std::size_t>(at_ - text_->data()); }
  /// Makes room at the end of the text.
  void Reserve(std::size_t bytes) {
    const std::size_t size = text_->size();
    text_->resize_and_overwrite(size + bytes, [](char*, std::size_t all) { return all; });
    at_ = text_->data() + size;
  }

  std::string* text_;
  char* at_ = nullptr;  // the row's end in the text, which is longer
  RowPieces* pieces_;
};

bool RowWriter::Json(std::string_view text) {
  bool valid = true;
  std::size_t at = 0;
  while (true) {
    const std::size_t plain = CopyPlainPrefix(text.substr(at), at_);
    at += plain;
    at_ += plain;
    if (at == text.size()) return valid;
    const std::size_t length = Utf8Length(text.substr(at));
    const std::string_view character = text.substr(at, length);
    if (length == 0) {
      Text(kReplacementCharacter);
      valid = false;
    } else if (length == 1) {
      at_ = WriteAsciiEscape(character[0], at_);
    } else if (const unsigned line_end = WideLineEnd(character); line_end != 0) {
      at_ = WriteUnicodeEscape(line_end, at_);
    } else {
      Text(character);
    }
    at += length == 0 ? 1 : length;
  }
}

bool IsQuotedInCsv(char c) { return c == ',' || c == '"' || c == '\r' || c == '\n'; }

void RowWriter::CsvField(std::string_view field) {
  if (std::ranges::none_of(field, IsQuotedInCsv) && !field.starts_with(' ') && !field.ends_with(' ')) {
    Text(field);
    return;
  }
  *at_++ = '"';
  for (const char c : field) {
    if (c == '"') *at_++ = '"';
    *at_++ = c;
  }
  *at_++ = '"';
}

/// Of the texts in a row that are escaped.
std::size_t TextBytes(const s3::ListedObject& object) {
  return object.key.size() + object.etag.size() + object.last_modified.size() + object.storage_class.size();
}

void AppendNdjsonRow(const s3::ListedObject& object, const std::optional<Unservable>& unservable, UrlBatch* urls,
                     RowPieces* pieces) {
  constexpr std::size_t kNames = 200;  // and what stands between them
  const std::size_t error_bytes = unservable ? unservable->code.size() + unservable->message.size() : 0;
  RowWriter row(urls->text(),
                kNames + kMostDigits + kMostJsonBytes * TextBytes(object) + 2 * object.key.size() + error_bytes,
                pieces);
  row.Text("{\"key\":\"");
  row.Mark(RowPieces::kKey);
  const bool exact = row.Json(object.key);
  row.Mark(RowPieces::kBeforeSize);
  row.Text("\",\"size\":");
  row.Mark(RowPieces::kSize);
  row.Number(object.size);
  row.Mark(RowPieces::kBeforeEtag);
  row.Text(",\"etag\":\"");
  row.Mark(RowPieces::kEtag);
  row.Json(object.etag);
  row.Mark(RowPieces::kModified);
  row.Text("\",\"last_modified\":\"");
  row.Json(object.last_modified);
  row.Mark(RowPieces::kNotInAll);
  if (object.storage_class != "STANDARD") {
    row.Text("\",\"storage_class\":\"");
    row.Json(object.storage_class);
  }
  if (!exact) {
    row.Text("\",\"key_base64\":\"");
    row.Text(Base64Encode(AsBytes(object.key)));
  }
  row.Mark(RowPieces::kBeforePath);
  if (unservable) {
    row.Text("\",\"error\":{\"code\":\"");
    row.Text(unservable->code);
    row.Text("\",\"message\":\"");
    row.Text(unservable->message);
    row.Text("\"}}\n");
    row.NoUrl();
  } else {
    row.Text("\",\"url\":\"");
    row.Url(object.key, urls, "\"}\n");
  }
  row.Finish();
}

void AppendCsvRow(const s3::ListedObject& object, const std::optional<Unservable>& unservable, UrlBatch* urls,
                  RowPieces* pieces) {
  constexpr std::size_t kQuotesAndCommas = 20;
  RowWriter row(urls->text(),
                kQuotesAndCommas + kMostDigits + 2 * TextBytes(object) + (unservable ? unservable->code.size() : 0),
                pieces);
  row.CsvField(object.key);
  row.Mark(RowPieces::kBeforeSize);
  row.Text(",");
  row.Mark(RowPieces::kSize);
  row.Number(object.size);
  row.Mark(RowPieces::kBeforeEtag);
  row.Text(",");
  row.Mark(RowPieces::kEtag);
  row.CsvField(object.etag);
  row.Mark(RowPieces::kModified);
  row.Text(",");
  row.CsvField(object.last_modified);
  row.Mark(RowPieces::kNotInAll);
  row.Mark(RowPieces::kBeforePath);
  row.Text(",");
  if (unservable) {
    row.Text(",");
    row.Text(unservable->code);
    row.Text("\r\n");
    row.NoUrl();
  } else {
    row.Url(object.key, urls, ",\r\n");
  }
  row.Finish();
}

void AppendUrlRow(const s3::ListedObject& object, const std::optional<Unservable>& unservable, UrlBatch* urls,
                  RowPieces* pieces) {
  RowWriter row(urls->text(), 0, pieces);
  if (!unservable) row.Url(object.key, urls, "\n");
  row.Finish();
}

}  // namespace

std::optional<Unservable> WhyUnservable(const s3::ListedObject& object) {
  if (object.storage_class != "GLACIER" && object.storage_class != "DEEP_ARCHIVE") return std::nullopt;
  return Unservable{"InvalidObjectState", "the object is archived; restore it first"};
}

RowPieces AppendRow(Format format, const s3::ListedObject& object, const std::optional<Unservable>& unservable,
                    UrlBatch* urls) {
  RowPieces pieces;
  switch (format) {
    case Format::kNdjson:
      AppendNdjsonRow(object, unservable, urls, &pieces);
      break;
    case Format::kCsv:
      AppendCsvRow(object, unservable, urls, &pieces);
      break;
    case Format::kUrls:
      AppendUrlRow(object, unservable, urls, &pieces);
      break;
  }
  return pieces;
}

std::string_view Header(Format format) {
  return format == Format::kCsv ? "key,size,etag,last_modified,url,error\r\n" : "";
}

}  // namespace signpost::manifest
