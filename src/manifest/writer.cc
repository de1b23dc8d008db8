#include "manifest/writer.h"

#include <utility>

#include <zlib.h>

#include "manifest/padding.h"
#include "manifest/row_encoder.h"

namespace signpost::manifest {

Writer::Writer(Sink* sink, Compression compression, Footer footer)
    : sink_(sink), compression_(compression), footer_(std::move(footer)) {}

Writer::Writer(Sink* sink, Compression compression, Footer footer, const ContentTotals& so_far)
    : Writer(sink, compression, std::move(footer)) {
  footer_.content_bytes = so_far.bytes;
  footer_.content_crc32 = so_far.crc32;
  footer_.members = so_far.members;
  members_seen_ = so_far.members_seen;
  member_stride_ = so_far.member_stride;
}

Status Writer::Begin(const CallContext& context) {
  auto header = BlockEncoder(footer_.format, compression_).EncodeText(Header(footer_.format));
  if (!header) return Forward(header);
  return Append(context, *header);
}

Status Writer::Append(const CallContext& context, const Block& block) {
  if (!block.bytes.empty()) {
    NoteMember();
    Status written = sink_->Write(context, block.bytes);
    if (!written) return written;
  }
  footer_.rows += block.rows;
  footer_.error_rows += block.error_rows;
  footer_.object_bytes += block.object_bytes;
  footer_.content_bytes += block.content_bytes;
  footer_.content_crc32 = static_cast<std::uint32_t>(
      crc32_combine64(footer_.content_crc32, block.content_crc32, static_cast<z_off64_t>(block.content_bytes)));
  return {};
}

Status Writer::Pad(const CallContext& context, std::uint64_t least) {
  if (compression_ != Compression::kGzip) {
    return Fail(ErrorCode::kInvalidArgument, "a manifest without compression cannot be filled up");
  }
  return sink_->Write(context, PaddingMembers(least));
}

ContentTotals Writer::totals() const {
  return {.bytes = footer_.content_bytes,
          .crc32 = footer_.content_crc32,
          .members = footer_.members,
          .members_seen = members_seen_,
          .member_stride = member_stride_};
}

Status Writer::Finish(const CallContext& context) {
  if (compression_ == Compression::kGzip) {
    Status written = sink_->Write(context, EncodeFooterMember(footer_, sink_->bytes_written()));
    if (!written) return written;
  }
  return sink_->Publish(context);
}

void Writer::NoteMember() {
  if (members_seen_++ % member_stride_ != 0) return;
  std::vector<Footer::Member>& members = footer_.members;
  if (members.size() == kMaxMembers) {
    for (std::size_t i = 1; 2 * i < members.size(); ++i) members[i] = members[2 * i];
    members.resize(members.size() / 2);
    member_stride_ *= 2;
  }
  members.push_back({.offset = sink_->bytes_written(), .first_row = footer_.rows});
}

}  // namespace signpost::manifest
