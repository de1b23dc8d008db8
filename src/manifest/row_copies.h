#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "manifest/row_pieces.h"

namespace signpost::manifest {

/// What deflate is told: that many literals of the text, then a copy of `length` bytes from `distance` before.
struct Step {
  std::uint32_t literals = 0;
  std::uint32_t length = 0;  ///< Of any size, see SplitLength(); 0: no copy.
  std::uint32_t distance = 0;
};

/// Finds what rows repeat.
class RowCopies {
 public:
  /// A part of the text.
  struct Extent {
    const char* begin = nullptr;
    const char* end = nullptr;

    std::size_t size() const { return static_cast<std::size_t>(end - begin); }
    Extent First(std::size_t size) const { return {.begin = begin, .end = begin + size}; }
    Extent From(std::size_t at) const { return {.begin = begin + at, .end = end}; }
  };

  /// RFC 1951 section 2.
  static constexpr std::ptrdiff_t kMostDistance = 32'768;
  /// A shorter copy takes about as many bits as its bytes.
  static constexpr std::size_t kLeastLength = 4;

  /// Begins a text of which nothing has come yet.
  void Start();

  /// The next row, at the end of `text`: its pieces against those of the latest row that has them. The bytes of its
  /// signature are not looked at. Returns whether all that stands between path and signature is the same as there.
  bool AddRow(std::string_view text, const RowPieces& row);

  /// The next `size` bytes as literals.
  void AddLiterals(std::size_t size);

  /// The text loses its first `size` bytes. Nothing is copied from there any more, and literals stay literals.
  void DropFront(std::size_t size);

  /// Ends the last step.
  void Finish();

  /// The steps so far, but for one that may still grow.
  const std::vector<Step>& steps() const { return steps_; }
  /// How many literals they have.
  std::size_t literals() const { return literals_; }
  /// How many literals the one that may still grow has.
  std::size_t open_literals() const { return open_.literals; }

 private:
  void Copy(std::ptrdiff_t distance, std::size_t size);
  void CloseCopy();
  void CloseStep();
  void AddChanged(Extent now, Extent before);
  void AddDigits(Extent now, Extent before, std::size_t lead);
  void AddName(Extent now, Extent before, const char* name, Extent key);
  void AddMiddle(Extent now, Extent before, Extent key);

  /// Where a piece is in the text, which may move as it grows.
  struct Place {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  std::array<Place, RowPieces::kCount> latest_;  // of each piece, empty before the first
  std::vector<Step> steps_;
  std::size_t literals_ = 0;
  Step open_;  // its copy may grow
};

}  // namespace signpost::manifest
