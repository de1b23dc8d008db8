#include "manifest/file_sink.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace signpost::manifest {
namespace {

std::unexpected<Error> SystemFailure(ErrorCode code, std::string_view what) {
  return Fail(code, fmt::format("{}: {}", what, std::strerror(errno)));
}

/// Writes everything; interrupted calls go on, short ones continue.
Status WriteAll(int descriptor, std::string_view bytes, std::string_view what) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return SystemFailure(ErrorCode::kInternal, what);
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FileSink>> FileSink::Create(const std::string& path, Random* random) {
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  std::string temporary = fmt::format("{}.{}.{:016x}.partial", path.substr(0, name), path.substr(name), random->Next());
  const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return SystemFailure(ErrorCode::kInvalidArgument, fmt::format("cannot write '{}'", path));
  return std::unique_ptr<FileSink>(new FileSink(path, std::move(temporary), descriptor));
}

FileSink::~FileSink() {
  const Status removed = Abandon({});
  static_cast<void>(removed);  // nobody is left to tell; Abandon() was the place to ask
}

Status FileSink::Write(const CallContext& /*context*/, std::string_view bytes) {
  Status written = WriteAll(descriptor_, bytes, fmt::format("writing '{}'", path_));
  if (written) bytes_written_ += bytes.size();
  return written;
}

Status FileSink::Publish(const CallContext& /*context*/) {
  if (::fsync(descriptor_) != 0 && errno != EINVAL) {
    return SystemFailure(ErrorCode::kInternal, fmt::format("writing '{}'", path_));
  }
  if (::close(std::exchange(descriptor_, -1)) != 0) {
    return SystemFailure(ErrorCode::kInternal, fmt::format("writing '{}'", path_));
  }
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    return SystemFailure(ErrorCode::kInternal, fmt::format("renaming the finished file to '{}'", path_));
  }
  published_ = true;
  return {};
}

Status FileSink::Abandon(const CallContext& /*context*/) {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  if (published_) return {};
  if (::unlink(temporary_.c_str()) != 0 && errno != ENOENT) {
    return SystemFailure(ErrorCode::kInternal, fmt::format("removing '{}'", temporary_));
  }
  return {};
}

Status DescriptorSink::Write(const CallContext& /*context*/, std::string_view bytes) {
  Status written = WriteAll(descriptor_, bytes, "writing to standard output");
  if (written) bytes_written_ += bytes.size();
  return written;
}

Status DescriptorSink::Publish(const CallContext& /*context*/) { return {}; }

Status DescriptorSink::Abandon(const CallContext& /*context*/) { return {}; }

}  // namespace signpost::manifest
