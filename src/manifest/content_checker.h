#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "manifest/footer.h"

namespace signpost::manifest {

/// Takes a manifest's uncompressed content piece by piece, counts, and notes what is wrong with it. Keeps at most one
/// row.
class ContentChecker {
 public:
  /// Without a footer the format is guessed from the first row, and the order of keys is left alone.
  ContentChecker(const std::optional<Footer>& footer, std::vector<std::string>* problems);

  void Feed(std::string_view bytes);

  /// Whether the content so far ends with a whole row.
  bool AtRowEnd() const { return pending_.empty(); }

  /// Compares the totals with the footer's, if there is one; notes a cut row.
  void Finish();

  Format format() const { return format_; }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t error_rows() const { return error_rows_; }

 private:
  void TakeRow(std::string_view line);
  void CheckKey(const std::string& key);
  void NoteOnce(bool* noted, std::string problem);

  const std::optional<Footer>& footer_;
  std::vector<std::string>* const problems_;
  Format format_ = Format::kNdjson;
  bool begun_ = false;
  bool header_seen_ = false;
  bool broken_ = false;  ///< A row without an end: nothing after it can be told apart.
  std::string pending_;
  std::uint64_t rows_ = 0;
  std::uint64_t error_rows_ = 0;
  std::uint64_t object_bytes_ = 0;
  std::uint64_t content_bytes_ = 0;
  std::uint32_t crc32_ = 0;
  std::optional<std::string> last_key_;
  bool noted_row_ = false;
  bool noted_order_ = false;
  bool noted_prefix_ = false;
};

/// More problems than this tell nothing new.
inline constexpr std::size_t kMostProblems = 20;

/// Adds `problem` unless there are kMostProblems already.
void NoteProblem(std::string problem, std::vector<std::string>* problems);

}  // namespace signpost::manifest
