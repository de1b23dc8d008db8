#include "manifest/row_reader.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include <nlohmann/json.hpp>

namespace signpost::manifest {
namespace {

using Json = nlohmann::json;

std::unexpected<Error> Malformed(std::string_view why) { return Fail(ErrorCode::kDataLoss, std::string(why)); }

bool IsUrl(std::string_view text) {
  if (!text.starts_with("https://") && !text.starts_with("http://")) return false;
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

/// Standard base64 with padding (RFC 4648 section 4).
std::optional<std::string> Base64Decode(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xff));
  }
  return bytes;
}

const std::string* Text(const Json& row, const char* name) {
  const auto found = row.find(name);
  return found == row.end() ? nullptr : found->get_ptr<const std::string*>();
}

Result<Row> ParseNdjson(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return Malformed("it is not a JSON object");
  Row row;
  const std::string* key = Text(json, "key");
  if (key == nullptr) return Malformed("it has no key");
  row.key = *key;
  if (json.contains("key_base64")) {
    const std::string* encoded = Text(json, "key_base64");
    row.key = encoded == nullptr ? std::nullopt : Base64Decode(*encoded);
    if (!row.key) return Malformed("its key_base64 is not base64");
  }
  const auto size = json.find("size");
  if (size == json.end() || !size->is_number_unsigned()) return Malformed("it has no size");
  row.size = size->get<std::uint64_t>();
  const std::string* url = Text(json, "url");
  row.is_error = json.contains("error");
  if (row.is_error == (url != nullptr)) return Malformed("it must have either a url or an error");
  if (url != nullptr && !IsUrl(*url)) return Malformed("its url is malformed");
  return row;
}

/// The fields of an RFC 4180 record; nothing when a quote stands where none may.
std::optional<std::vector<std::string>> SplitCsv(std::string_view line) {
  std::vector<std::string> fields;
  std::size_t at = 0;
  while (true) {
    std::string field;
    if (at < line.size() && line[at] == '"') {
      for (++at;; ++at) {
        if (at >= line.size()) return std::nullopt;
        if (line[at] == '"' && (++at == line.size() || line[at] != '"')) break;
        field.push_back(line[at]);
      }
    } else {
      const std::size_t end = std::min(line.find(',', at), line.size());
      field = line.substr(at, end - at);
      if (field.find('"') != std::string::npos) return std::nullopt;
      at = end;
    }
    fields.push_back(std::move(field));
    if (at == line.size()) return fields;
    if (line[at] != ',') return std::nullopt;
    ++at;
  }
}

Result<Row> ParseCsv(std::string_view line) {
  auto fields = SplitCsv(line);
  if (!fields || fields->size() != 6) return Malformed("it has not six fields");
  Row row;
  row.key = std::move((*fields)[0]);
  const std::string& size = (*fields)[1];
  const auto parsed = std::from_chars(size.data(), size.data() + size.size(), row.size);
  if (parsed.ec != std::errc() || parsed.ptr != size.data() + size.size()) return Malformed("its size is not a number");
  row.is_error = !(*fields)[5].empty();
  const std::string& url = (*fields)[4];
  if (row.is_error ? !url.empty() : !IsUrl(url)) return Malformed("it must have either a url or an error");
  return row;
}

}  // namespace

Result<Row> ParseRow(Format format, std::string_view line) {
  switch (format) {
    case Format::kNdjson:
      return ParseNdjson(line);
    case Format::kCsv:
      return ParseCsv(line);
    case Format::kUrls:
      if (!IsUrl(line)) return Malformed("it is not a URL");
      return Row{};
  }
  return Malformed("unknown format");
}

std::size_t RowLength(Format format, std::string_view text) {
  if (format != Format::kCsv) return text.find('\n') + 1;  // npos + 1 is 0
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (text[at] == '\n' && !quoted && at > 0 && text[at - 1] == '\r') return at + 1;
  }
  return 0;
}

}  // namespace signpost::manifest
