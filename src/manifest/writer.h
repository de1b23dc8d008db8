#pragma once

#include "manifest/block.h"
#include "manifest/footer.h"
#include "manifest/sink.h"

namespace signpost::manifest {

/// Puts blocks into a sink in the order given, keeps the totals, and ends the file with the footer member. Not
/// thread-safe.
class Writer {
 public:
  /// `footer` holds what is known from the start (format, source, times); the writer fills in the rest.
  /// `sink` must outlive this object.
  Writer(Sink* sink, Compression compression, Footer footer);

  /// Writes the format's header, if it has one, as a block of its own.
  Status Begin(const CallContext& context);
  Status Append(const CallContext& context, const Block& block);
  /// Writes the footer (gzip only) and publishes.
  Status Finish(const CallContext& context);

  /// The totals so far; complete after Finish().
  const Footer& footer() const { return footer_; }

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
