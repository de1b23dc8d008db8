// The least that a manifest can cost: one connection, no checks, no retries, no second thread. It fetches a page, scans
// it, signs, copies the rows together and compresses them with igzip; nothing else. It knows the exact form of the
// synthetic server's pages, and keys that need no escaping anywhere. What the real command costs is measured against it
// (bench/cost), after both have made the same rows.
//
//   straight_line URL BUCKET TIME EXPIRES_S [FILE]
//
// TIME as in X-Amz-Date. Credentials and region from AWS_*. Writes the gzip members to FILE, or drops them; prints the
// numbers of rows and of compressed bytes.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <curl/curl.h>
#include <isa-l/igzip_lib.h>

#include "bare_signer.h"
#include "page_feed.h"

namespace straight_line {
namespace {

constexpr std::size_t kKeysOnPage = 1000;
constexpr std::size_t kMostKeyBytes = 1024;

struct Object {
  std::string_view key;
  std::string_view date;
  std::string_view etag;
  std::string_view size;
};

/// The scan: `at` stands at an object's "<Contents>", every element between is as long as it always is.
const char* Scan(const char* at, Object* object) {
  const auto skip = [&at](std::string_view text) { at += text.size(); };
  const auto take = [&at](std::size_t size) {
    at += size;
    return std::string_view(at - size, size);
  };
  const auto take_text = [&] { return take(static_cast<std::size_t>(std::strchr(at, '<') - at)); };
  skip("<Contents><Key>");
  object->key = take_text();
  skip("</Key><LastModified>");
  object->date = take(24);
  skip("</LastModified><ETag>&quot;");
  object->etag = take(32);
  skip("&quot;</ETag><Size>");
  object->size = take_text();
  skip("</Size><StorageClass>STANDARD</StorageClass></Contents>");
  return at;
}

char* WriteRow(const Object& object, const BareSigner& signer, char* out) {
  const auto copy = [&out](std::string_view text) {
    std::memcpy(out, text.data(), text.size());
    out += text.size();
  };
  copy("{\"key\":\"");
  copy(object.key);
  copy("\",\"size\":");
  copy(object.size);
  copy(",\"etag\":\"");
  copy(object.etag);
  copy("\",\"last_modified\":\"");
  copy(object.date);
  copy("\",\"url\":\"");
  out = signer.WriteUrl(object.key, out);
  copy("\"}\n");
  return out;
}

/// One gzip member at igzip's level 1, with buffers that stay.
class Packer {
 public:
  explicit Packer(std::size_t most) : out_(most + most / 1000 + 1024), level_buffer_(ISAL_DEF_LVL1_DEFAULT) {}

  std::string_view Pack(std::vector<char>* rows, std::size_t size) {
    isal_deflate_init(&stream_);
    stream_.level = 1;
    stream_.level_buf = level_buffer_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream_.gzip_flag = IGZIP_GZIP;
    stream_.end_of_stream = 1;
    stream_.next_in = reinterpret_cast<std::uint8_t*>(rows->data());
    stream_.avail_in = static_cast<std::uint32_t>(size);
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out_.data());
    stream_.avail_out = static_cast<std::uint32_t>(out_.size());
    isal_deflate(&stream_);
    return {out_.data(), stream_.total_out};
  }

 private:
  std::vector<char> out_;
  std::vector<std::uint8_t> level_buffer_;
  isal_zstream stream_;
};

std::string FromEnvironment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int Run(const signpost::plain::UrlRequest& request, std::FILE* file) {
  const BareSigner signer(request);
  PageFeed feed("http://" + request.host + request.base_path);
  std::vector<char> rows(kKeysOnPage * (signer.most_bytes() + 2 * kMostKeyBytes + 200));
  Packer packer(rows.size());
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (std::string_view page = feed.Next(); !page.empty(); page = feed.Next()) {
    const char* at = page.data() + page.find("<Contents>");
    char* out = rows.data();
    for (Object object; at[1] == 'C'; ++count) {  // "</ListBucketResult>" comes after the last.
      at = Scan(at, &object);
      out = WriteRow(object, signer, out);
    }
    const std::string_view member = packer.Pack(&rows, static_cast<std::size_t>(out - rows.data()));
    bytes += member.size();
    if (file != nullptr && std::fwrite(member.data(), 1, member.size(), file) != member.size()) return 1;
  }
  std::printf("%zu %zu\n", count, bytes);
  return 0;
}

}  // namespace
}  // namespace straight_line

int main(int argc, char** argv) {
  if (argc < 5 || !std::string_view(argv[1]).starts_with("http://")) {
    std::fputs("usage: straight_line http://HOST:PORT BUCKET TIME EXPIRES_S [FILE]\n", stderr);
    return 2;
  }
  using straight_line::FromEnvironment;
  const signpost::plain::UrlRequest request{.access_key_id = FromEnvironment("AWS_ACCESS_KEY_ID"),
                                            .secret_access_key = FromEnvironment("AWS_SECRET_ACCESS_KEY"),
                                            .session_token = FromEnvironment("AWS_SESSION_TOKEN"),
                                            .host = argv[1] + std::strlen("http://"),
                                            .base_path = std::string("/") + argv[2],
                                            .region = FromEnvironment("AWS_REGION"),
                                            .time = argv[3],
                                            .expires_in = argv[4],
                                            .signed_query = {}};
  std::FILE* const file = argc > 5 ? std::fopen(argv[5], "wb") : nullptr;
  if (argc > 5 && file == nullptr) {
    std::perror(argv[5]);
    return 1;
  }
  const int status = straight_line::Run(request, file);
  return file != nullptr && std::fclose(file) != 0 ? 1 : status;
}
