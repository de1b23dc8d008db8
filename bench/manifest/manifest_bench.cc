// Rows per second of one thread from list pages to gzip members (encode, sign, compress), and bytes per row.
// Checks first that a member unpacks to the rows that an uncompressed block holds. --check: only that, and one page.

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <zlib.h>

#include "manifest/block.h"

namespace {

namespace manifest = signpost::manifest;

std::vector<std::string> Keys() {
  std::vector<std::string> keys;
  for (int i = 0; i < 1'000; ++i) {
    char key[80];
    std::snprintf(key, sizeof key, "logs/2026/01/%02d/host-%04d/part-%08x.parquet", i / 100, i, i * 2'654'435'761U);
    keys.emplace_back(key);
  }
  return keys;
}

std::vector<std::string> Etags() {
  std::vector<std::string> etags;
  for (unsigned i = 0; i < 1'000; ++i) {
    char etag[40];
    unsigned word = i * 2'246'822'519U + 1;
    int at = 0;
    for (int part = 0; part < 4; ++part) {
      word ^= word << 13, word ^= word >> 17, word ^= word << 5;
      at += std::snprintf(etag + at, sizeof etag - static_cast<std::size_t>(at), "%08x", word);
    }
    etags.emplace_back(etag);
  }
  return etags;
}

bool UnpacksTo(const std::string& packed, const std::string& content) {
  std::string out(content.size() + 1, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, 31) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0;
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return whole && out == content;
}

}  // namespace

int main(int argc, char** argv) {
  const bool only_check = argc > 1 && std::string_view(argv[1]) == "--check";
  signpost::Credentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = signpost::SecretString("secret");
  const signpost::SigningScope scope{.region = {"us-east-1"},
                                     .time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
  const auto presigner = signpost::Presigner::Create(credentials, {.host = "data.s3.us-east-1.amazonaws.com"}, scope);
  if (!presigner) return 1;
  const std::vector<std::string> keys = Keys();
  const std::vector<std::string> etags = Etags();
  std::vector<signpost::s3::ListedObject> page;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    page.push_back({.key = keys[i],
                    .size = i * 7'919,
                    .etag = etags[i],
                    .last_modified = "2026-01-01T00:00:00.000Z",
                    .storage_class = "STANDARD"});
  }
  for (const auto format : {manifest::Format::kNdjson, manifest::Format::kCsv, manifest::Format::kUrls}) {
    manifest::BlockEncoder packing(format, manifest::Compression::kGzip);
    manifest::BlockEncoder plain(format, manifest::Compression::kNone);
    const auto packed = packing.Encode(page, *presigner);
    const auto content = plain.Encode(page, *presigner);
    if (!packed || !content || packed->content_crc32 != content->content_crc32 ||
        !UnpacksTo(packed->bytes, content->bytes)) {
      std::fprintf(stderr, "%s: the member does not unpack to the rows\n", std::string(Name(format)).c_str());
      return 1;
    }
    const auto begin = std::chrono::steady_clock::now();
    std::chrono::duration<double> took{};
    std::size_t rows = 0;
    do {
      const auto block = packing.Encode(page, *presigner);
      if (!block) return 1;
      rows += block->rows;
      took = std::chrono::steady_clock::now() - begin;
    } while (!only_check && took.count() < 2);
    std::printf("%-6s %8.0f rows/s, %.1f bytes/row packed, %.1f plain\n", std::string(Name(format)).c_str(),
                static_cast<double>(rows) / took.count(), static_cast<double>(packed->bytes.size()) / 1'000,
                static_cast<double>(content->bytes.size()) / 1'000);
  }
  return 0;
}
