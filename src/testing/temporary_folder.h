#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace signpost::testing {

/// An empty folder of its own under the system's temporary one, removed with all it holds at the end. Throws where it
/// cannot be made, which fails the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::filesystem::path& path() const { return path_; }
  /// The path of `name` in the folder, whether it exists or not.
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// Writes a file, and the folders it needs, and returns its path.
  std::string Write(std::string_view name, std::string_view text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace signpost::testing
