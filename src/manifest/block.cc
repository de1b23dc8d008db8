#include "manifest/block.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include "manifest/row_encoder.h"

namespace signpost::manifest {
namespace {

constexpr std::size_t kMostErrors = 100;

/// The worst case of one gzip member: stored blocks of 64 KiB, each with 5 bytes before it, header and trailer.
std::size_t MostCompressedBytes(std::size_t size) { return size + (size / 65'535 + 1) * 5 + 64; }

}  // namespace

struct BlockEncoder::State {
  Format format;
  Compression compression;
  std::string rows;                    // reused from block to block
  std::unique_ptr<char[]> compressed;  // likewise; not initialised, so that memory never written costs nothing
  std::size_t compressed_bytes = 0;    // the size of `compressed`
  std::string level_buffer;
  isal_zstream stream;

  Result<std::string_view> Compress() {
    isal_deflate_init(&stream);
    stream.level = 1;
    stream.level_buf = reinterpret_cast<std::uint8_t*>(level_buffer.data());
    stream.level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
    stream.gzip_flag = IGZIP_GZIP;
    stream.end_of_stream = 1;
    stream.flush = NO_FLUSH;
    const std::size_t most = MostCompressedBytes(rows.size());
    if (compressed_bytes < most) {
      compressed = std::make_unique_for_overwrite<char[]>(most);
      compressed_bytes = most;
    }
    stream.next_in = reinterpret_cast<std::uint8_t*>(rows.data());
    stream.avail_in = static_cast<std::uint32_t>(rows.size());
    stream.next_out = reinterpret_cast<std::uint8_t*>(compressed.get());
    stream.avail_out = static_cast<std::uint32_t>(compressed_bytes);
    const int outcome = isal_deflate(&stream);
    if (outcome != COMP_OK || stream.avail_in != 0 || stream.internal_state.state != ZSTATE_END) {
      return Fail(ErrorCode::kInternal, "igzip could not compress a block (" + std::to_string(outcome) + ")");
    }
    return std::string_view(compressed.get(), stream.total_out);
  }
};

BlockEncoder::BlockEncoder(Format format, Compression compression) : state_(std::make_unique<State>()) {
  state_->format = format;
  state_->compression = compression;
  if (compression == Compression::kGzip) state_->level_buffer.resize(ISAL_DEF_LVL1_DEFAULT);
}

BlockEncoder::BlockEncoder(BlockEncoder&&) noexcept = default;
BlockEncoder& BlockEncoder::operator=(BlockEncoder&&) noexcept = default;
BlockEncoder::~BlockEncoder() = default;

Result<Block> BlockEncoder::Encode(std::span<const s3::ListedObject> objects, const Presigner& presigner) {
  Block block;
  state_->rows.clear();
  UrlBatch urls(presigner, &state_->rows);
  for (const s3::ListedObject& object : objects) {
    const auto unservable = WhyUnservable(object);
    AppendRow(state_->format, object, unservable, &urls);
    block.object_bytes += object.size;
    if (!unservable) continue;
    ++block.error_rows;
    if (block.errors.size() < kMostErrors) {
      block.errors.push_back(
          {std::string(object.key), std::string(unservable->code), std::string(unservable->message)});
    }
  }
  urls.Finish();
  block.rows = objects.size();
  if (state_->format == Format::kUrls) block.rows -= block.error_rows;
  Status closed = Close(&block);
  if (!closed) return Forward(closed);
  return block;
}

Result<Block> BlockEncoder::EncodeText(std::string_view text) {
  Block block;
  state_->rows.assign(text);
  Status closed = Close(&block);
  if (!closed) return Forward(closed);
  return block;
}

Status BlockEncoder::Close(Block* block) {
  const std::string& rows = state_->rows;
  block->content_bytes = rows.size();
  if (rows.empty()) return {};
  if (state_->compression == Compression::kNone) {
    block->bytes = rows;
    block->content_crc32 = crc32_gzip_refl(0, reinterpret_cast<const std::uint8_t*>(rows.data()), rows.size());
    return {};
  }
  auto member = state_->Compress();
  if (!member) return Forward(member);
  block->bytes = *member;
  block->content_crc32 = state_->stream.internal_state.crc;
  return {};
}

}  // namespace signpost::manifest
