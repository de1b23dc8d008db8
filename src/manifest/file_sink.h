#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "manifest/sink.h"

namespace signpost::manifest {

/// A file: written under a temporary name in the same folder, then renamed, so the final name never holds half a
/// manifest. Readable by its owner alone, because the URLs in it are secrets. An existing file is replaced on
/// Publish().
class FileSink final : public Sink {
 public:
  /// Creates the temporary file; kInvalidArgument when that is not possible. `random` names it.
  static Result<std::unique_ptr<FileSink>> Create(const std::string& path, Random* random);
  ~FileSink() override;

  Status Write(const CallContext& context, std::string_view bytes) override;
  Status Publish(const CallContext& context) override;
  Status Abandon(const CallContext& context) override;
  std::uint64_t bytes_written() const override { return bytes_written_; }

 private:
  FileSink(std::string path, std::string temporary, int descriptor)
      : path_(std::move(path)), temporary_(std::move(temporary)), descriptor_(descriptor) {}

  const std::string path_;
  const std::string temporary_;
  int descriptor_;  // -1 once closed
  bool published_ = false;
  std::uint64_t bytes_written_ = 0;
};

/// A file descriptor that others own, such as standard output. What is written is visible at once.
class DescriptorSink final : public Sink {
 public:
  explicit DescriptorSink(int descriptor) : descriptor_(descriptor) {}

  Status Write(const CallContext& context, std::string_view bytes) override;
  Status Publish(const CallContext& context) override;
  Status Abandon(const CallContext& context) override;
  std::uint64_t bytes_written() const override { return bytes_written_; }

 private:
  const int descriptor_;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace signpost::manifest
