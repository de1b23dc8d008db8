#include "manifest/byte_source.h"

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aws/service_error.h"
#include "http/content_range.h"
#include "manifest/footer.h"
#include "s3/get_object.h"

namespace signpost::manifest {
namespace {

std::unexpected<Error> Short(std::string_view what) {
  return Fail(ErrorCode::kConflict, fmt::format("{} is shorter than it was: it changed while it was read", what));
}

std::unexpected<Error> Changed(std::string_view what) {
  return Fail(ErrorCode::kConflict, fmt::format("{}: the file changed while it was read", what));
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

/// The end of a file, which came when it was opened: it answers the read of the footer.
struct Tail {
  std::uint64_t first = 0;
  std::string bytes;

  std::optional<std::string> Part(std::uint64_t from, std::uint64_t length) const {
    if (from < first || from - first + length > bytes.size()) return std::nullopt;
    return bytes.substr(from - first, length);
  }
};

class S3Source final : public ByteSource {
 public:
  S3Source(s3::Client* client, Bucket bucket, std::string key, s3::ObjectTail tail)
      : client_(client), bucket_(std::move(bucket)), key_(std::move(key)), size_(tail.size) {
    tail_ = {tail.size - tail.bytes.size(), std::move(tail.bytes)};
    if (!tail.etag.empty()) etag_ = std::move(tail.etag);
  }

  std::uint64_t size() const override { return size_; }

  Result<std::string> Read(const CallContext& context, std::uint64_t first, std::uint64_t length) override {
    if (auto known = tail_.Part(first, length)) return std::move(*known);
    auto bytes = s3::GetObjectRange(*client_, context, bucket_, key_, {first, length}, etag_);
    const std::string shown = fmt::format("s3://{}/{}", bucket_.name(), key_);
    if (!bytes && bytes.error().http_status == 412) return Changed(shown);
    if (bytes && bytes->size() != length) return Short(shown);
    return bytes;
  }

 private:
  s3::Client* const client_;
  const Bucket bucket_;
  const std::string key_;
  const std::uint64_t size_;
  std::optional<std::string> etag_;
  Tail tail_;
};

class UrlSource final : public ByteSource {
 public:
  UrlSource(http::Transport* transport, http::Retrier* retrier, std::string url)
      : transport_(transport), retrier_(retrier), url_(std::move(url)), shown_(url_.substr(0, url_.find('?'))) {}

  /// Asks for the end, which tells the size too. Where the server cannot do that, asks for the first byte.
  Status Open(const CallContext& context) {
    http::Response response;
    Status sent = Get(context, fmt::format("bytes=-{}", kMaxFooterBytes), kMaxWholeBytes, &response);
    if (sent && TakeTail(&response)) return {};
    if (!sent && !MayBeNoSuffixRange(sent.error().http_status)) return WithoutRanges(sent);
    sent = Get(context, "bytes=0-0", kMaxWholeBytes, &response);
    if (sent && TakeTail(&response)) return {};
    const auto range = RangeOf(response);
    if (!sent && sent.error().http_status != 416) return WithoutRanges(sent);
    // Only an empty file has no first byte.
    if (sent ? !range : range && range->size != 0) return NoRanges("");
    size_ = sent ? range->size : 0;
    if (sent) Pin(response);
    return {};
  }

  std::uint64_t size() const override { return size_; }

  /// A server may send less than was asked for (RFC 9110 section 15.3.7); then the rest is asked for.
  Result<std::string> Read(const CallContext& context, std::uint64_t first, std::uint64_t length) override {
    if (auto known = tail_.Part(first, length)) return std::move(*known);
    std::string bytes;
    http::Response response;
    while (bytes.size() < length) {
      const std::uint64_t from = first + bytes.size();
      const std::uint64_t left = length - bytes.size();
      Status sent = Get(context, fmt::format("bytes={}-{}", from, from + left - 1), left + kErrorBodyBytes, &response);
      if (sent) sent = CheckRead(response, from, left);
      if (!sent) return Forward(sent);
      if (bytes.empty()) {
        bytes = std::move(response.body);
      } else {
        bytes += response.body;
      }
    }
    return bytes;
  }

 private:
  /// A server without ranges sends the whole instead: that much of it is taken.
  static constexpr std::size_t kMaxWholeBytes = 16 << 20;
  static constexpr std::size_t kErrorBodyBytes = 64 << 10;

  static bool MayBeNoSuffixRange(int http_status) {
    return http_status == 400 || http_status == 416 || http_status == 501;
  }

  static std::optional<http::ContentRange> RangeOf(const http::Response& response) {
    return http::ParseContentRange(response.headers.Find("content-range").value_or(""));
  }

  std::unexpected<Error> NoRanges(std::string_view why) const {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: the server does not serve byte ranges{}", shown_, why));
  }

  /// What a failure to open means: an answer that is too large is the whole file, from a server without ranges.
  Status WithoutRanges(const Status& sent) const {
    if (sent.error().code != ErrorCode::kDataLoss || sent.error().http_status != 0) return sent;
    return NoRanges(fmt::format(", and the whole is more than the {} bytes read without", kMaxWholeBytes));
  }

  /// Takes the end of the file, or the whole, from an answer that holds it.
  bool TakeTail(http::Response* response) {
    if (response->status == 200) {
      size_ = response->body.size();
      tail_ = {0, std::move(response->body)};
      return true;
    }
    const auto range = RangeOf(*response);
    if (response->status != 206 || !range || range->first + range->length != range->size ||
        response->body.size() != range->length || range->length == 0) {
      return false;
    }
    size_ = range->size;
    tail_ = {range->first, std::move(response->body)};
    Pin(*response);
    return true;
  }

  void Pin(const http::Response& response) { etag_ = response.headers.Find("etag").value_or(""); }

  /// Whether `response` holds bytes from `first` on, at most `length` of them, of the file that was opened.
  Status CheckRead(const http::Response& response, std::uint64_t first, std::uint64_t length) const {
    const std::string_view etag = response.headers.Find("etag").value_or("");
    if (response.status != 206 || (!etag_.empty() && !etag.empty() && etag != etag_)) return Changed(shown_);
    const auto range = RangeOf(response);
    if (range && range->size != size_) return Changed(shown_);
    if (!range || range->first != first || range->length > length || range->length == 0 ||
        response.body.size() != range->length) {
      return Fail(
          ErrorCode::kDataLoss,
          fmt::format("{}: asked for {} bytes from byte {} on, the server sent {} bytes as \"{}\"", shown_, length,
                      first, response.body.size(), response.headers.Find("content-range").value_or("")));
    }
    return {};
  }

  Status Get(const CallContext& context, std::string range, std::size_t max_body_bytes, http::Response* response) {
    http::Request request{.url = url_, .max_body_bytes = max_body_bytes};
    request.headers.Add("Range", std::move(range));
    // If-Match compares strongly: a weak ETag never matches (RFC 9110 section 13.1.1).
    if (etag_.starts_with('"')) request.headers.Add("If-Match", etag_);
    return retrier_->Run(context, [&]() -> Status {
      *response = {};
      Status sent = transport_->Send(context, request, response);
      if (!sent) return std::unexpected(std::move(sent.error()).Within("reading " + shown_));
      if (response->status == 412 && !etag_.empty()) return Changed(shown_);
      if (response->status == 416 && size_ > 0) return Short(shown_);
      if (response->status >= 300) return std::unexpected(aws::ServiceError("reading " + shown_, *response));
      return {};
    });
  }

  http::Transport* const transport_;
  http::Retrier* const retrier_;
  const std::string url_;
  const std::string shown_;
  std::uint64_t size_ = 0;
  std::string etag_;  // as it was sent, quotes included; empty when there was none
  Tail tail_;
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
  auto tail = s3::GetObjectTail(*client, context, bucket, key, kMaxFooterBytes);
  if (!tail) return Forward(tail);
  return std::make_unique<S3Source>(client, bucket, key, std::move(*tail));
}

Result<std::unique_ptr<ByteSource>> OpenUrl(const CallContext& context, http::Transport* transport,
                                            http::Retrier* retrier, const std::string& url) {
  auto source = std::make_unique<UrlSource>(transport, retrier, url);
  Status opened = source->Open(context);
  if (!opened) return Forward(opened);
  return source;
}

}  // namespace signpost::manifest
