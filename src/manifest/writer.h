#pragma once

#include <cstdint>
#include <vector>

#include "manifest/block.h"
#include "manifest/footer.h"
#include "manifest/sink.h"

namespace signpost::manifest {

/// What a writer knows of the content so far, beside the numbers of rows: enough for another one to go on.
struct ContentTotals {
  std::uint64_t bytes = 0;  ///< Uncompressed.
  std::uint32_t crc32 = 0;
  std::vector<Footer::Member> members;
  std::uint64_t members_seen = 0;   ///< In the file, those left out of the index included.
  std::uint64_t member_stride = 1;  ///< Every so many-th is in the index.
};

/// Puts blocks into a sink in the order given, keeps the totals, and ends the file with the footer member. Not
/// thread-safe.
class Writer {
 public:
  /// `footer` holds what is known from the start (format, source, times); the writer fills in the rest.
  /// `sink` must outlive this object.
  Writer(Sink* sink, Compression compression, Footer footer);
  /// Goes on where another writer has stopped; `sink` does, too. `footer` has the rows and sizes up to there, and
  /// Begin() is not called.
  Writer(Sink* sink, Compression compression, Footer footer, const ContentTotals& so_far);

  /// Writes the format's header, if it has one, as a block of its own.
  Status Begin(const CallContext& context);
  Status Append(const CallContext& context, const Block& block);
  /// Fills up with at least `least` bytes that hold no content; gzip only, else kInvalidArgument.
  Status Pad(const CallContext& context, std::uint64_t least);
  /// Writes the footer (gzip only) and publishes.
  Status Finish(const CallContext& context);

  /// The totals so far; complete after Finish().
  const Footer& footer() const { return footer_; }
  ContentTotals totals() const;

 private:
  /// Keeps every `member_stride_`-th member for the index; the stride doubles when the index is full.
  void NoteMember();

  Sink* const sink_;
  const Compression compression_;
  Footer footer_;
  std::uint64_t members_seen_ = 0;
  std::uint64_t member_stride_ = 1;
};

}  // namespace signpost::manifest
