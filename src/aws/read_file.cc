#include "aws/read_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace signpost::aws {

Result<std::string> ReadFile(const std::string& path) {
  constexpr std::size_t kMostBytes = 1 << 20;
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
  if (!file) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return Fail(missing ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument,
                fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
  std::string text(kMostBytes + 1, '\0');
  const std::size_t size = std::fread(text.data(), 1, text.size(), file.get());
  if (std::ferror(file.get()) != 0) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
  if (size > kMostBytes) return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is over 1 MiB long", path));
  text.resize(size);
  return text;
}

}  // namespace signpost::aws
