#include "manifest/byte_source.h"

#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/service_error.h"
#include "s3/get_object.h"

namespace signpost::manifest {
namespace {

std::unexpected<Error> Short(std::string_view what) {
  return Fail(ErrorCode::kConflict, fmt::format("{} is shorter than it was: it changed while it was read", what));
}

class FileSource final : public ByteSource {
 public:
  FileSource(std::string path, int descriptor, std::uint64_t size)
      : path_(std::move(path)), descriptor_(descriptor), size_(size) {}
  ~FileSource() override { ::close(descriptor_); }

  std::uint64_t size() const override { return size_; }

  Result<std::string> Read(const CallContext& /*context*/, std::uint64_t first, std::uint64_t length) override {
    std::string bytes(length, '\0');
    std::size_t have = 0;
    while (have < bytes.size()) {
      const ssize_t got =
          ::pread(descriptor_, bytes.data() + have, bytes.size() - have, static_cast<off_t>(first + have));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Fail(ErrorCode::kInternal, fmt::format("reading '{}': {}", path_, std::strerror(errno)));
      if (got == 0) return Short("'" + path_ + "'");
      have += static_cast<std::size_t>(got);
    }
    return bytes;
  }

 private:
  const std::string path_;
  const int descriptor_;
  const std::uint64_t size_;
};

class S3Source final : public ByteSource {
 public:
  S3Source(s3::Client* client, Bucket bucket, std::string key, s3::ObjectHead head)
      : client_(client), bucket_(std::move(bucket)), key_(std::move(key)), head_(std::move(head)) {}

  std::uint64_t size() const override { return head_.size; }

  Result<std::string> Read(const CallContext& context, std::uint64_t first, std::uint64_t length) override {
    auto bytes = s3::GetObjectRange(*client_, context, bucket_, key_, {first, length}, head_.etag);
    if (bytes && bytes->size() != length) return Short(fmt::format("s3://{}/{}", bucket_.name(), key_));
    return bytes;
  }

 private:
  s3::Client* const client_;
  const Bucket bucket_;
  const std::string key_;
  const s3::ObjectHead head_;
};

/// "bytes 0-99/1234": the number after the slash.
std::optional<std::uint64_t> SizeFromContentRange(std::string_view value) {
  const std::size_t slash = value.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view digits = value.substr(slash + 1);
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return size;
}

class UrlSource final : public ByteSource {
 public:
  UrlSource(http::Transport* transport, http::Retrier* retrier, std::string url)
      : transport_(transport), retrier_(retrier), url_(std::move(url)), shown_(url_.substr(0, url_.find('?'))) {}

  /// Asks for the first byte, to learn the size. An empty file has no first byte: 416 tells its size.
  Status Open(const CallContext& context) {
    http::Response response;
    Status sent = Get(context, 0, 1, &response);
    const auto range = response.headers.Find("content-range");
    const auto size = range ? SizeFromContentRange(*range) : std::nullopt;
    if (size && (sent || sent.error().http_status == 416)) {
      size_ = *size;
      // If-Match compares strongly: a weak ETag never matches (RFC 9110 section 13.1.1).
      const auto etag = response.headers.Find("etag");
      if (etag && etag->starts_with('"')) etag_ = *etag;
      return {};
    }
    if (!sent) return sent;
    return Fail(ErrorCode::kInvalidArgument, shown_ + ": the server does not serve byte ranges");
  }

  std::uint64_t size() const override { return size_; }

  Result<std::string> Read(const CallContext& context, std::uint64_t first, std::uint64_t length) override {
    if (length == 0) return std::string();
    http::Response response;
    Status sent = Get(context, first, length, &response);
    if (!sent) return Forward(sent);
    if (response.status != 206) return Fail(ErrorCode::kConflict, shown_ + ": the file changed while it was read");
    if (response.body.size() != length) return Short(shown_);
    return std::move(response.body);
  }

 private:
  Status Get(const CallContext& context, std::uint64_t first, std::uint64_t length, http::Response* response) {
    http::Request request{.url = url_};
    request.headers.Add("Range", fmt::format("bytes={}-{}", first, first + length - 1));
    if (!etag_.empty()) request.headers.Add("If-Match", etag_);
    return retrier_->Run(context, [&]() -> Status {
      Status sent = transport_->Send(context, request, response);
      if (!sent) return std::unexpected(std::move(sent.error()).Within("reading " + shown_));
      if (response->status >= 300) return std::unexpected(aws::ServiceError("reading " + shown_, *response));
      return {};
    });
  }

  http::Transport* const transport_;
  http::Retrier* const retrier_;
  const std::string url_;
  const std::string shown_;
  std::uint64_t size_ = 0;
  std::string etag_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenFile(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return Fail(ErrorCode::kNotFound, fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
  struct stat status{};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a regular file", path));
  }
  return std::make_unique<FileSource>(path, descriptor, static_cast<std::uint64_t>(status.st_size));
}

Result<std::unique_ptr<ByteSource>> OpenS3Object(const CallContext& context, s3::Client* client, const Bucket& bucket,
                                                 const std::string& key) {
  auto head = s3::HeadObject(*client, context, bucket, key);
  if (!head) return Forward(head);
  return std::make_unique<S3Source>(client, bucket, key, std::move(*head));
}

Result<std::unique_ptr<ByteSource>> OpenUrl(const CallContext& context, http::Transport* transport,
                                            http::Retrier* retrier, const std::string& url) {
  auto source = std::make_unique<UrlSource>(transport, retrier, url);
  Status opened = source->Open(context);
  if (!opened) return Forward(opened);
  return source;
}

}  // namespace signpost::manifest
