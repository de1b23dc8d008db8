#include "sigv4/signature_batch.h"

#include <cstring>

#include "base/bytes.h"

namespace signpost::sigv4 {
namespace {

constexpr std::size_t kLengthBytes = 8;
/// So many follow the bit that ends a message, at most: a block, and those that its length will take.
constexpr std::size_t kMostZeros = SHA256_CBLOCK + kLengthBytes;

/// The least blocks that hold a message's last `size` bytes, the bit that ends it and its length.
constexpr std::size_t BlocksFor(std::size_t size) {
  return (size + 1 + kLengthBytes + SHA256_CBLOCK - 1) / SHA256_CBLOCK;
}

/// Writes a message's length in bits, big-endian, before `end`.
void WriteLength(std::uint64_t bytes, char* end) {
  for (std::uint64_t bits = 8 * bytes, i = 0; i < kLengthBytes; ++i, bits >>= 8) *--end = static_cast<char>(bits);
}

const std::uint8_t* BytesAt(const std::string& text, std::size_t at) {
  return reinterpret_cast<const std::uint8_t*>(text.data() + at);
}

}  // namespace

SignatureBatch::Template::Template(const Sha256& head, std::size_t variable)
    : offset_(head.rest().size()), blocks_each_(BlocksFor(offset_ + variable)) {
  std::string message(head.rest());
  message.append(variable, '\0').append(1, '\x80');
  message.resize(blocks_each_ * SHA256_CBLOCK);
  WriteLength(head.size() + variable, message.data() + message.size());
  for (std::size_t i = 0; i < kMost; ++i) blocks_ += message;
}

BlockRun SignatureBatch::Template::Run(std::size_t i, BlockState* state) const {
  return {.state = state, .blocks = BytesAt(blocks_, i * blocks_each_ * SHA256_CBLOCK), .count = blocks_each_};
}

SignatureBatch::SignatureBatch(const PresignMidstates* midstates, const KnownTail* request_tail)
    : midstates_(midstates),
      request_tail_(request_tail),
      request_end_(request_tail->text()),
      to_sign_(midstates->to_sign_head, kHexDigits),
      outer_(midstates->key.outer(), sizeof(Digest)) {
  request_end_.append(1, '\x80').append(kMostZeros, '\0');
}

void SignatureBatch::Add(std::string_view path, std::size_t position) {
  Request& request = requests_[size_++];
  if (request.path_bytes != path.size() || request.blocks.empty()) LayOut(path.size(), &request);
  path.copy(request.blocks.data() + midstates_->request_head.rest().size(), path.size());
  request.position = position;
}

void SignatureBatch::LayOut(std::size_t path_bytes, Request* request) const {
  const std::string_view rest = midstates_->request_head.rest();
  const std::size_t before_tail = rest.size() + path_bytes;
  const std::size_t tail_bytes = request_tail_->text().size();
  std::size_t known_to = 0;
  if (const std::size_t known_blocks = request_tail_->blocks(); known_blocks == 0) {
    request->blocks_before = BlocksFor(before_tail + tail_bytes);
  } else {
    request->known_from = -before_tail % SHA256_CBLOCK;
    known_to = request->known_from + known_blocks * SHA256_CBLOCK;
    request->blocks_before = (before_tail + request->known_from) / SHA256_CBLOCK;
    request->blocks_after = BlocksFor(tail_bytes - known_to);
  }
  const std::size_t size = (request->blocks_before + request->blocks_after) * SHA256_CBLOCK;
  std::string& blocks = request->blocks;
  if (blocks.size() < size + kMostZeros) blocks.resize(size + kMostZeros);
  const std::string_view end = request_end_;
  char* const after_path = blocks.data() + rest.copy(blocks.data(), rest.size()) + path_bytes;
  end.copy(after_path + end.copy(after_path, request->known_from), end.npos, known_to);
  WriteLength(midstates_->request_head.size() + path_bytes + tail_bytes, blocks.data() + size);
  request->path_bytes = path_bytes;
}

/// The request's hash of each URL.
void SignatureBatch::HashRequests(std::span<BlockState> states) {
  const BlockHash hash = request_tail_->hash();
  std::array<BlockRun, kMost> runs;
  for (std::size_t i = 0; i < size_; ++i) {
    states[i] = midstates_->request_head.words();
    runs[i] = {.state = &states[i], .blocks = BytesAt(requests_[i].blocks, 0), .count = requests_[i].blocks_before};
  }
  HashBlocks(hash, std::span(runs).first(size_));
  if (request_tail_->blocks() == 0) return;

  std::array<KnownRun, kMost> known;
  for (std::size_t i = 0; i < size_; ++i) known[i] = request_tail_->RunFrom(requests_[i].known_from, &states[i]);
  HashKnownBlocks(hash, std::span(known).first(size_), request_tail_->blocks());
  for (std::size_t i = 0; i < size_; ++i) {
    runs[i].blocks += runs[i].count * SHA256_CBLOCK;
    runs[i].count = requests_[i].blocks_after;
  }
  HashBlocks(hash, std::span(runs).first(size_));
}

void SignatureBatch::Write(char* text) {
  std::array<BlockState, kMost> states;
  std::array<BlockRun, kMost> runs;
  const std::span<const BlockRun> filled(runs.data(), size_);
  const BlockHash hash = request_tail_->hash();

  HashRequests(states);
  for (std::size_t i = 0; i < size_; ++i) {
    WriteHex(DigestOf(states[i]), to_sign_.variable(i));
    states[i] = midstates_->to_sign_head.words();
    runs[i] = to_sign_.Run(i, &states[i]);
  }
  HashBlocks(hash, filled);
  for (std::size_t i = 0; i < size_; ++i) {
    const Digest inner = DigestOf(states[i]);
    std::memcpy(outer_.variable(i), inner.data(), inner.size());
    states[i] = midstates_->key.outer().words();
    runs[i] = outer_.Run(i, &states[i]);
  }
  HashBlocks(hash, filled);
  for (std::size_t i = 0; i < size_; ++i) WriteHex(DigestOf(states[i]), text + requests_[i].position);
  size_ = 0;
}

}  // namespace signpost::sigv4
