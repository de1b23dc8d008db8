#include "manifest/block.h"

#include <isa-l/crc.h>

#include "manifest/row_deflater.h"
#include "manifest/row_encoder.h"

namespace signpost::manifest {
namespace {

constexpr std::size_t kMostErrors = 100;
/// A multiple of what a UrlBatch signs at once; with a session token some 100 KiB.
constexpr std::size_t kSettledRows = 64;

}  // namespace

struct BlockEncoder::State {
  Format format;
  Compression compression;
  std::string rows;  // reused from block to block
  RowDeflater deflater;
};

BlockEncoder::BlockEncoder(Format format, Compression compression) : state_(std::make_unique<State>()) {
  state_->format = format;
  state_->compression = compression;
}

BlockEncoder::BlockEncoder(BlockEncoder&&) noexcept = default;
BlockEncoder& BlockEncoder::operator=(BlockEncoder&&) noexcept = default;
BlockEncoder::~BlockEncoder() = default;

Result<Block> BlockEncoder::Encode(std::span<const s3::ListedObject> objects, const Presigner& presigner) {
  Block block;
  state_->rows.clear();
  UrlBatch urls(presigner, &state_->rows);
  std::size_t since_settled = 0;
  for (const s3::ListedObject& object : objects) {
    const auto unservable = WhyUnservable(object);
    const RowPieces pieces = AppendRow(state_->format, object, unservable, &urls);
    if (state_->compression == Compression::kGzip) {
      state_->deflater.AddRow(pieces);
      if (++since_settled == kSettledRows) {
        urls.Finish();
        state_->deflater.Settle(&state_->rows);
        since_settled = 0;
      }
    }
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
  if (rows.empty()) return {};
  if (state_->compression == Compression::kNone) {
    block->bytes = rows;
    block->content_bytes = rows.size();
    block->content_crc32 = crc32_gzip_refl(0, reinterpret_cast<const std::uint8_t*>(rows.data()), rows.size());
    return {};
  }
  auto member = state_->deflater.Pack(rows);
  if (!member) return Forward(member);
  block->bytes = member->bytes;
  block->content_bytes = member->text_bytes;
  block->content_crc32 = member->text_crc32;
  return {};
}

}  // namespace signpost::manifest
