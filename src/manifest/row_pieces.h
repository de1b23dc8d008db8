#pragma once

#include <array>
#include <cstddef>

namespace signpost::manifest {

/// Where the pieces of a row stand in the text of a block. What a row has in common with the row before, it has in the
/// same piece. Any piece may be empty, and a form of rows may leave out those at the front.
struct RowPieces {
  enum Piece : std::size_t {
    kBeforeKey,
    kKey,
    kBeforeSize,
    kSize,
    kBeforeEtag,
    kEtag,
    kModified,    ///< The time of the last change.
    kNotInAll,    ///< What only some rows have.
    kBeforePath,  ///< Up to the URL's path.
    kPath,        ///< The key once more, percent-encoded.
    kBeforeSignature,
    kSignature,
    kAfterSignature,
    kCount,
  };

  std::array<std::size_t, kCount + 1> begin;  ///< Ascending; the last is the row's end.
};

}  // namespace signpost::manifest
