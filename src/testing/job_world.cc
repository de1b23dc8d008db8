#include "testing/job_world.h"

#include <optional>
#include <sstream>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "http/curl_transport.h"

namespace signpost::testing {
namespace {

class FixedCredentials final : public aws::CredentialsProvider {
 public:
  explicit FixedCredentials(std::optional<std::chrono::sys_seconds> expires_at) : expires_at_(expires_at) {}

  Result<Credentials> Fetch(const CallContext&) override {
    Credentials credentials;
    credentials.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    credentials.secret_access_key = SecretString("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    if (expires_at_) credentials.session_token = SecretString("token");
    credentials.expires_at = expires_at_;
    return credentials;
  }
  bool CanRefresh() const override { return false; }
  std::string Describe() const override { return "the test"; }

 private:
  const std::optional<std::chrono::sys_seconds> expires_at_;
};

std::unique_ptr<http::Transport> MakeTransport(const Clock* clock) {
  static const http::CurlGlobal curl;
  return std::make_unique<http::CurlTransport>(http::CurlTransport::Options(), clock);
}

std::unique_ptr<FixedCredentials> MakeCredentials(const Clock& clock, std::optional<std::chrono::seconds> life) {
  std::optional<std::chrono::sys_seconds> end;
  if (life) end = std::chrono::floor<std::chrono::seconds>(clock.Now()) + *life;
  return std::make_unique<FixedCredentials>(end);
}

s3::ClientOptions OptionsFor(const std::string& url) {
  s3::ClientOptions options;
  options.region.name = "us-east-1";
  options.endpoint.endpoint_url = url;
  return options;
}

}  // namespace

JobWorld::JobWorld(const std::string& url, std::uint64_t seed, std::optional<std::chrono::seconds> credentials_life)
    : random_(seed),
      transport_(MakeTransport(&clock_)),
      credentials_(MakeCredentials(clock_, credentials_life), &clock_),
      client_(OptionsFor(url), transport_.get(), &credentials_, &retrier_, &skewed_) {}

Result<job::JobResult> JobWorld::Run(const job::JobRequest& request) { return Run(request, CallContext{}); }

Result<job::JobResult> JobWorld::Run(const job::JobRequest& request, const CallContext& context) {
  job::Services services;
  services.client = &client_;
  services.random = &random_;
  services.clock = &clock_;
  return job::RunJob(request, services, context);
}

Result<job::JobResult> JobWorld::RunToOutput(job::JobRequest request, std::string* rows) {
  request.output = job::StandardOutputTarget{};
  if (!request.compression) request.compression = manifest::Compression::kGzip;
  const int output = memfd_create("manifest", MFD_CLOEXEC);
  EXPECT_GE(output, 0);
  job::Services services;
  services.client = &client_;
  services.random = &random_;
  services.clock = &clock_;
  services.standard_output = output;
  auto result = job::RunJob(request, services, CallContext{});
  std::string bytes(static_cast<std::size_t>(lseek(output, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(output, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  close(output);
  *rows = request.compression == manifest::Compression::kGzip ? Gunzip(bytes) : bytes;
  return result;
}

job::JobRequest Request(const std::string& prefix) {
  job::JobRequest request{.bucket = std::move(Bucket::Parse("source").value()),
                          .prefix = prefix,
                          .output = job::S3Target{std::move(Bucket::Parse("out").value()), "manifest"}};
  request.concurrency = 4;
  request.urls.signing_time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  return request;
}

std::string Gunzip(std::string_view bytes) {
  std::string out;
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  char buffer[65536];
  while (stream.avail_in > 0) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    const int status = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
    if (status == Z_STREAM_END) {
      inflateReset(&stream);
    } else if (status != Z_OK) {
      ADD_FAILURE() << "not gzip at byte " << bytes.size() - stream.avail_in << ": " << status;
      break;
    }
  }
  inflateEnd(&stream);
  return out;
}

std::string Published(const SyntheticS3& server) {
  const auto object = server.store()->Find("manifest");
  return object ? Gunzip(object->body) : "(none)";
}

void ExpectNothingPublished(const SyntheticS3& server) {
  EXPECT_EQ(server.store()->Keys(), std::vector<std::string>());
  EXPECT_EQ(server.store()->uploads_in_progress(), 0);
}

std::vector<std::string> KeysOf(std::string_view ndjson) {
  std::vector<std::string> keys;
  std::istringstream lines{std::string(ndjson)};
  for (std::string line; std::getline(lines, line);) {
    const auto row = nlohmann::json::parse(line, nullptr, false);
    if (!row.contains("key") || !row["key"].is_string()) {
      ADD_FAILURE() << "not a row: " << line.substr(0, 200);
      break;
    }
    keys.push_back(row["key"].get<std::string>());
  }
  return keys;
}

std::shared_ptr<const KeyShape> AwkwardKeys() {
  return KeysAsListed({"\x01", "a b", "a%20b", "a+b", "a//b", "a<&>\"'", "line\nbreak", "\u65e5\u672c"});
}

}  // namespace signpost::testing
