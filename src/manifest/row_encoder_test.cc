#include "manifest/row_encoder.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "manifest/presigner_fixture_test.h"

namespace signpost::manifest {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kHost[] = "https://data.s3.us-east-1.amazonaws.com/";
constexpr char kEtag[] = "0123456789abcdef0123456789abcdef-12";
constexpr char kModified[] = "2026-01-01T00:00:00.000Z";

s3::ListedObject Object(std::string_view key, std::string_view storage_class = "STANDARD") {
  return {.key = key, .size = 42, .etag = kEtag, .last_modified = kModified, .storage_class = storage_class};
}

std::string Row(Format format, const s3::ListedObject& object) {
  static const Presigner presigner = TestPresigner();
  std::string row;
  UrlBatch urls(presigner, &row);
  AppendRow(format, object, WhyUnservable(object), &urls);
  urls.Finish();
  return row;
}

/// Each byte alone and between others, what JSON, CSV and URLs treat specially, and good and bad UTF-8.
std::vector<std::string> HostileKeys() {
  std::vector<std::string> keys = {
      "a\r\nb",
      "\n",
      "\r",
      "\"",
      "\"\"",
      ",",
      "a,b",
      "a,\"b\",c",
      " a",
      "a ",
      " ",
      "a b",
      "+",
      "a+b",
      "%",
      "%41",
      "%zz",
      "\\",
      "\\n",
      "\\u0041",
      "\\\"",
      "</script>",
      "a/../b",
      "./a",
      "a//b",
      "/",
      "//",
      "?x=y&z",
      "#f",
      "{\"key\":1}",
      "=1+1",
      "\t",
      "\xef\xbb\xbfkey",
      "key\xef\xbf\xbd",
      std::string("a\0b", 3),
      // NEL, line and paragraph separator, the ends of the two-, three- and four-byte ranges.
      "a\xc2\x85z",
      "a\xe2\x80\xa8z",
      "a\xe2\x80\xa9z",
      "\xc2\x80",
      "\xdf\xbf",
      "\xe0\xa0\x80",
      "\xef\xbf\xbf",
      "\xf0\x90\x80\x80",
      "\xf4\x8f\xbf\xbf",
      "\xf0\x9f\x98\x80",
      "\xed\x9f\xbf",
      "\xee\x80\x80",
      // Overlong, surrogates, past U+10FFFF, cut short, alone.
      "\xc0\xaf",
      "\xc1\xbf",
      "\xe0\x80\xaf",
      "\xe0\x9f\xbf",
      "\xf0\x80\x80\xaf",
      "\xf0\x8f\xbf\xbf",
      "\xed\xa0\x80",
      "\xed\xbf\xbf",
      "\xed\xa0\xbd\xed\xb8\x80",
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",
      "\xf8\x88\x80\x80\x80",
      "\xfe",
      "\xff",
      "\xc3",
      "\xe2\x82",
      "\xf0\x9f\x98",
      "a\xc3z",
      "a\xe2\x82z",
      "\x80",
      "\xbf\xbf",
  };
  for (int byte = 0; byte < 256; ++byte) {
    keys.emplace_back(1, static_cast<char>(byte));
    keys.push_back("k/" + keys.back() + "x");
  }
  for (const char byte : {'"', '\x01', '\xff'}) keys.emplace_back(1024, byte);
  return keys;
}

/// Keys of random pieces that matter; the same for the same seed.
std::vector<std::string> RandomKeys(std::uint32_t seed) {
  static const std::vector<std::string> kPieces = {"\"",
                                                   ",",
                                                   "\r",
                                                   "\n",
                                                   "\\",
                                                   " ",
                                                   "a",
                                                   "Z",
                                                   "0",
                                                   "/",
                                                   "%",
                                                   "\xc3\xa9",
                                                   "\xe2\x80\xa8",
                                                   "\xc2\x85",
                                                   "\xf0\x9f\x98\x80",
                                                   "\xff",
                                                   "\xc3",
                                                   "\xe2\x80",
                                                   "\xed\xa0\x80",
                                                   "\x7f",
                                                   std::string(1, '\0')};
  std::mt19937 engine(seed);
  std::vector<std::string> keys(2'000);
  for (std::string& key : keys) {
    for (auto left = engine() % 12 + 1; left > 0; --left) key += kPieces[engine() % kPieces.size()];
  }
  return keys;
}

std::vector<std::string> AllKeys() {
  const std::uint32_t seed = std::random_device()();
  ::testing::Test::RecordProperty("seed", std::to_string(seed));
  std::printf("seed %u\n", seed);
  std::vector<std::string> keys = HostileKeys();
  std::ranges::copy(RandomKeys(seed), std::back_inserter(keys));
  return keys;
}

/// Whether nlohmann's own decoder takes the bytes for UTF-8.
bool IsUtf8(std::string_view text) {
  try {
    static_cast<void>(json(text).dump(-1, ' ', false, json::error_handler_t::strict));
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

std::string Base64Decoded(std::string_view text) {
  static const std::string kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  EXPECT_EQ(text.size() % 4, 0U);
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(kAlphabet.find(c));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(bits >> count & 255));
  }
  return out;
}

/// The key in a URL: its path, percent-decoded.
std::string KeyOfUrl(std::string_view url) {
  EXPECT_THAT(std::string(url), StartsWith(kHost));
  const std::string_view path = url.substr(std::string_view(kHost).size());
  std::string key;
  for (std::size_t i = 0; i < path.size() && path[i] != '?'; ++i) {
    if (path[i] == '%') {
      key.push_back(static_cast<char>(std::stoi(std::string(path.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    } else {
      key.push_back(path[i]);
    }
  }
  return key;
}

/// The line ends that readers know: CR, LF, VT, FF, the separators U+001C to U+001E, NEL, U+2028, U+2029.
int LineEnds(std::string_view text) {
  int ends = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    ends += (byte >= 0x0a && byte <= 0x0d) || (byte >= 0x1c && byte <= 0x1e);
    ends += text.substr(i).starts_with("\xc2\x85") || text.substr(i).starts_with("\xe2\x80\xa8") ||
            text.substr(i).starts_with("\xe2\x80\xa9");
  }
  return ends;
}

/// RFC 4180 with CR LF as the only line end, byte by byte; an empty result where the text breaks its rules.
std::vector<std::vector<std::string>> ReadCsv(std::string_view text) {
  std::vector<std::vector<std::string>> records;
  std::size_t at = 0;
  while (at < text.size()) {
    std::vector<std::string>& record = records.emplace_back();
    for (bool more = true; more;) {
      std::string& field = record.emplace_back();
      if (at < text.size() && text[at] == '"') {
        for (++at;; ++at) {
          if (at >= text.size()) return {};
          if (text[at] == '"' && (at + 1 >= text.size() || text[at + 1] != '"')) break;
          if (text[at] == '"') ++at;
          field.push_back(text[at]);
        }
        ++at;
      } else {
        for (; at < text.size() && text[at] != ',' && text[at] != '\r' && text[at] != '\n'; ++at) {
          if (text[at] == '"') return {};
          field.push_back(text[at]);
        }
      }
      more = at < text.size() && text[at] == ',';
      if (more) ++at;
    }
    if (text.substr(at, 2) != "\r\n") return {};
    at += 2;
  }
  return records;
}

std::vector<std::string> NamesOf(const nlohmann::ordered_json& row) {
  std::vector<std::string> names;
  for (const auto& [name, value] : row.items()) names.push_back(name);
  return names;
}

nlohmann::ordered_json ParseRow(const std::string& row) { return nlohmann::ordered_json::parse(row, nullptr, false); }

TEST(NdjsonRow, GivesEveryKeyBackAndIsOneLineToEveryReader) {
  for (const std::string& key : AllKeys()) {
    const std::string text = Row(Format::kNdjson, Object(key));
    SCOPED_TRACE(text);
    ASSERT_TRUE(text.ends_with("}\n"));
    ASSERT_EQ(LineEnds(text), 1);
    const auto row = ParseRow(text);
    ASSERT_TRUE(row.is_object());
    if (IsUtf8(key)) {
      ASSERT_THAT(NamesOf(row), ElementsAre("key", "size", "etag", "last_modified", "url"));
      ASSERT_EQ(row["key"], key);
    } else {
      ASSERT_THAT(NamesOf(row), ElementsAre("key", "size", "etag", "last_modified", "key_base64", "url"));
      ASSERT_EQ(Base64Decoded(row["key_base64"].get<std::string>()), key);
      ASSERT_NE(row["key"].get<std::string>().find("\xef\xbf\xbd"), std::string::npos);
    }
    ASSERT_EQ(KeyOfUrl(row["url"].get<std::string>()), key);
    ASSERT_EQ(row["size"], 42);
    ASSERT_EQ(row["etag"], kEtag);
    ASSERT_EQ(row["last_modified"], kModified);
  }
}

TEST(NdjsonRow, EscapesWhateverTheServerSaysBesideTheKey) {
  s3::ListedObject object = Object("k", "A\"B\n");
  object.etag = "e\"\\\r";
  object.last_modified = "today\n\"";
  const auto row = ParseRow(Row(Format::kNdjson, object));
  ASSERT_TRUE(row.is_object());
  EXPECT_EQ(row["etag"], object.etag);
  EXPECT_EQ(row["last_modified"], object.last_modified);
  EXPECT_EQ(row["storage_class"], object.storage_class);
}

TEST(NdjsonRow, HoldsTheLargestSize) {
  s3::ListedObject object = Object("k");
  object.size = UINT64_MAX;
  EXPECT_EQ(ParseRow(Row(Format::kNdjson, object))["size"].get<std::uint64_t>(), UINT64_MAX);
}

TEST(NdjsonRow, TellsAStorageClassOtherThanStandard) {
  const auto row = ParseRow(Row(Format::kNdjson, Object("k", "STANDARD_IA")));
  EXPECT_THAT(NamesOf(row), ElementsAre("key", "size", "etag", "last_modified", "storage_class", "url"));
  EXPECT_EQ(row["storage_class"], "STANDARD_IA");
  EXPECT_FALSE(ParseRow(Row(Format::kNdjson, Object("k"))).contains("storage_class"));
}

TEST(WhyUnservable, IsToldOfTheArchivesThatAGetDoesNotServe) {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  for (const char* archived : {"GLACIER", "DEEP_ARCHIVE"}) {
    const auto why = WhyUnservable(Object("k", archived));
    ASSERT_TRUE(why) << archived;
    EXPECT_EQ(why->code, "InvalidObjectState");
  }
  for (const char* served : {"STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR",
                             "REDUCED_REDUNDANCY", "EXPRESS_ONEZONE", "OUTPOSTS", ""}) {
    EXPECT_FALSE(WhyUnservable(Object("k", served))) << served;
  }
}

TEST(NdjsonRow, OfAnUnservableObjectHasAnErrorInPlaceOfItsUrl) {
  for (const std::string& key : HostileKeys()) {
    const std::string text = Row(Format::kNdjson, Object(key, "GLACIER"));
    SCOPED_TRACE(text);
    ASSERT_EQ(LineEnds(text), 1);
    const auto row = ParseRow(text);
    ASSERT_TRUE(row.is_object());
    ASSERT_FALSE(row.contains("url"));
    ASSERT_EQ(row["storage_class"], "GLACIER");
    ASSERT_THAT(NamesOf(row["error"]), ElementsAre("code", "message"));
    ASSERT_EQ(row["error"]["code"], "InvalidObjectState");
    ASSERT_FALSE(row["error"]["message"].get<std::string>().empty());
    ASSERT_EQ(IsUtf8(key) ? row["key"].get<std::string>() : Base64Decoded(row["key_base64"].get<std::string>()), key);
  }
}

TEST(CsvRow, GivesEveryKeyBack) {
  const std::vector<std::string> keys = AllKeys();
  std::string text(Header(Format::kCsv));
  for (const std::string& key : keys) text += Row(Format::kCsv, Object(key));
  const auto records = ReadCsv(text);
  ASSERT_EQ(records.size(), keys.size() + 1);
  EXPECT_THAT(records[0], ElementsAre("key", "size", "etag", "last_modified", "url", "error"));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& record = records[i + 1];
    ASSERT_EQ(record.size(), 6U);
    ASSERT_EQ(record[0], keys[i]);
    ASSERT_EQ(record[1], "42");
    ASSERT_EQ(record[2], kEtag);
    ASSERT_EQ(record[3], kModified);
    ASSERT_EQ(KeyOfUrl(record[4]), keys[i]);
    ASSERT_EQ(record[5], "");
  }
}

TEST(CsvRow, QuotesOnlyTheFieldsThatNeedIt) {
  for (const char* plain : {"a", "a b", "a'b", "a;b", "a\tb", "a/b=c", "\xc3\xa9", "\xff"}) {
    EXPECT_THAT(Row(Format::kCsv, Object(plain)), StartsWith(std::string(plain) + ",42,")) << plain;
  }
  EXPECT_THAT(Row(Format::kCsv, Object("a,b")), StartsWith("\"a,b\",42,"));
  EXPECT_THAT(Row(Format::kCsv, Object("a\"b")), StartsWith("\"a\"\"b\",42,"));
  EXPECT_THAT(Row(Format::kCsv, Object("a\nb")), StartsWith("\"a\nb\",42,"));
  EXPECT_THAT(Row(Format::kCsv, Object("a\rb")), StartsWith("\"a\rb\",42,"));
  EXPECT_THAT(Row(Format::kCsv, Object(" a")), StartsWith("\" a\",42,"));
  EXPECT_THAT(Row(Format::kCsv, Object("a ")), StartsWith("\"a \",42,"));
  EXPECT_THAT(Row(Format::kCsv, Object("\"")), StartsWith("\"\"\"\",42,"));
}

TEST(CsvRow, OfAnUnservableObjectHasACodeAndNoUrl) {
  const auto records = ReadCsv(Row(Format::kCsv, Object("a,b", "DEEP_ARCHIVE")));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_THAT(records[0], ElementsAre("a,b", "42", kEtag, kModified, "", "InvalidObjectState"));
}

/// The compressor copies each piece from the same piece of an earlier row: what replaces a URL must not stand in for
/// one.
TEST(AppendRow, MarksWhatARowHasInPlaceOfItsUrl) {
  const Presigner presigner = TestPresigner();
  for (const Format format : {Format::kNdjson, Format::kCsv}) {
    SCOPED_TRACE(Name(format));
    std::string text;
    UrlBatch urls(presigner, &text);
    const auto pieces_of = [&](const s3::ListedObject& object) {
      const RowPieces row = AppendRow(format, object, WhyUnservable(object), &urls);
      std::vector<std::string> pieces;
      for (std::size_t i = 0; i < RowPieces::kCount; ++i) {
        pieces.push_back(text.substr(row.begin[i], row.begin[i + 1] - row.begin[i]));
      }
      return pieces;
    };
    const auto served = pieces_of(Object("a b"));
    EXPECT_EQ(served[RowPieces::kKey], "a b");
    EXPECT_EQ(served[RowPieces::kPath], "a%20b");
    EXPECT_EQ(served[RowPieces::kSignature].size(), 64U);
    EXPECT_EQ(served[RowPieces::kNotInAll], "");
    const auto archived = pieces_of(Object("a b", "GLACIER"));
    EXPECT_THAT(archived[RowPieces::kNotInAll], HasSubstr("InvalidObjectState"));
    EXPECT_THAT(archived[RowPieces::kNotInAll], EndsWith("\n"));
    for (std::size_t i = RowPieces::kBeforePath; i < RowPieces::kCount; ++i) EXPECT_EQ(archived[i], "");
    for (std::size_t i = 0; i < RowPieces::kNotInAll; ++i) EXPECT_EQ(archived[i], served[i]);
  }
}

TEST(UrlsRow, IsOneLineOfPlainAsciiForEveryKey) {
  for (const std::string& key : AllKeys()) {
    const std::string text = Row(Format::kUrls, Object(key));
    ASSERT_TRUE(text.ends_with('\n'));
    const std::string url = text.substr(0, text.size() - 1);
    ASSERT_TRUE(std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f' && c != '"'; })) << url;
    ASSERT_EQ(KeyOfUrl(url), key);
  }
}

TEST(UrlsRow, IsLeftOutForAnUnservableObject) { EXPECT_EQ(Row(Format::kUrls, Object("k", "GLACIER")), ""); }

TEST(Header, StandsBeforeCsvAlone) {
  EXPECT_EQ(Header(Format::kNdjson), "");
  EXPECT_EQ(Header(Format::kUrls), "");
}

}  // namespace
}  // namespace signpost::manifest
