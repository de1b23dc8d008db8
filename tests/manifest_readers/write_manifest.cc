// write_manifest FORMAT COMPRESSION FILE: a manifest of 5,000 rows with awkward keys, for other readers to read.

#include <cstdio>
#include <string>
#include <vector>

#include "manifest/block.h"
#include "manifest/file_sink.h"
#include "manifest/writer.h"

namespace {

namespace manifest = signpost::manifest;

/// Ascending in bytes; the tails hold every byte value in turn.
std::vector<std::string> Keys() {
  std::vector<std::string> keys;
  for (int i = 0; i < 5'000; ++i) {
    char number[16];
    std::snprintf(number, sizeof number, "%06d", i);
    keys.push_back(std::string(number) + "/ +%\"\\,\r\n\xe2\x80\xa8\xc2\x85\xc3\xa9" + static_cast<char>(i % 256));
  }
  return keys;
}

signpost::Status WriteAll(manifest::Format format, manifest::Compression compression, const std::string& path) {
  signpost::SystemRandom random;
  auto sink = manifest::FileSink::Create(path, &random);
  if (!sink) return signpost::Forward(sink);
  signpost::Credentials credentials;
  credentials.access_key_id = "AKIDEXAMPLE";
  credentials.secret_access_key = signpost::SecretString("secret");
  const signpost::SigningScope scope{.region = {"us-east-1"},
                                     .time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
  auto presigner = signpost::Presigner::Create(credentials, {.host = "data.s3.us-east-1.amazonaws.com"}, scope);
  if (!presigner) return signpost::Forward(presigner);
  manifest::Writer writer(sink->get(), compression, {.format = format, .bucket = "data"});
  manifest::BlockEncoder encoder(format, compression);
  signpost::Status done = writer.Begin({});
  const std::vector<std::string> keys = Keys();
  for (std::size_t at = 0; done && at < keys.size(); at += 500) {
    std::vector<signpost::s3::ListedObject> page;
    for (std::size_t i = at; i < at + 500; ++i) {
      page.push_back({.key = keys[i],
                      .size = i,
                      .etag = "0123456789abcdef0123456789abcdef",
                      .last_modified = "2026-01-01T00:00:00.000Z",
                      .storage_class = i % 100 == 7 ? "GLACIER" : "STANDARD"});
    }
    auto block = encoder.Encode(page, *presigner);
    if (!block) return signpost::Forward(block);
    done = writer.Append({}, *block);
    // As in a job that was cut and continued; no reader may see it.
    if (done && at == 2'000 && compression == manifest::Compression::kGzip) done = writer.Pad({}, 200'000);
  }
  if (done) done = writer.Finish({});
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto format = manifest::ParseFormat(argv[1]);
  const auto compression = manifest::ParseCompression(argv[2]);
  if (!format || !compression) return 2;
  const signpost::Status written = WriteAll(*format, *compression, argv[3]);
  if (!written) std::fprintf(stderr, "%s\n", written.error().ToString().c_str());
  return written ? 0 : 1;
}
