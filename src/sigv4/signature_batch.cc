#include "sigv4/signature_batch.h"

#include <cstring>

#include "base/bytes.h"

namespace signpost::sigv4 {
namespace {

constexpr std::size_t kLengthBytes = 8;

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

SignatureBatch::SignatureBatch(const PresignMidstates* midstates, std::string_view request_tail, BlockHash hash)
    : midstates_(midstates),
      request_end_(request_tail),
      request_tail_size_(request_tail.size()),
      hash_(hash),
      to_sign_(midstates->to_sign_head, kHexDigits),
      outer_(midstates->key.outer(), sizeof(Digest)) {
  request_end_.append(1, '\x80').append(SHA256_CBLOCK + kLengthBytes, '\0');
}

void SignatureBatch::Add(std::string_view path, std::size_t position) {
  const std::string_view rest = midstates_->request_head.rest();
  const std::size_t blocks = BlocksFor(rest.size() + path.size() + request_tail_size_);
  const std::size_t most = rest.size() + path.size() + request_end_.size();
  if (requests_.size() < requests_size_ + most) requests_.resize(2 * (requests_size_ + most));

  char* const begin = requests_.data() + requests_size_;
  char* out = begin;
  for (const std::string_view part : {rest, path, std::string_view(request_end_)}) {
    std::memcpy(out, part.data(), part.size());
    out += part.size();
  }
  WriteLength(midstates_->request_head.size() + path.size() + request_tail_size_, begin + blocks * SHA256_CBLOCK);
  added_[size_++] = {.begin = requests_size_, .blocks = blocks, .position = position};
  requests_size_ += blocks * SHA256_CBLOCK;
}

void SignatureBatch::Write(char* text) {
  States states;
  std::array<BlockRun, kMost> runs;
  const std::span<const BlockRun> filled(runs.data(), size_);

  for (std::size_t i = 0; i < size_; ++i) {
    states[i] = midstates_->request_head.words();
    runs[i] = {.state = &states[i], .blocks = BytesAt(requests_, added_[i].begin), .count = added_[i].blocks};
  }
  HashBlocks(hash_, filled);
  for (std::size_t i = 0; i < size_; ++i) {
    WriteHex(DigestOf(states[i]), to_sign_.variable(i));
    states[i] = midstates_->to_sign_head.words();
    runs[i] = to_sign_.Run(i, &states[i]);
  }
  HashBlocks(hash_, filled);
  for (std::size_t i = 0; i < size_; ++i) {
    const Digest inner = DigestOf(states[i]);
    std::memcpy(outer_.variable(i), inner.data(), inner.size());
    states[i] = midstates_->key.outer().words();
    runs[i] = outer_.Run(i, &states[i]);
  }
  HashBlocks(hash_, filled);
  for (std::size_t i = 0; i < size_; ++i) WriteHex(DigestOf(states[i]), text + added_[i].position);
  size_ = 0;
  requests_size_ = 0;
}

}  // namespace signpost::sigv4
