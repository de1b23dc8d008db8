#include "manifest/member_reader.h"

#include <string>

#include <zlib.h>

namespace signpost::manifest {
namespace {

constexpr int kGzipOnly = 16 + MAX_WBITS;
constexpr std::size_t kOutputBytes = 256 << 10;

}  // namespace

struct MemberReader::State {
  std::function<void(std::string_view)> content;
  std::function<void(std::uint64_t)> member;
  z_stream stream{};
  std::string output;
  std::uint64_t offset = 0;         // of the next byte
  std::uint64_t member_offset = 0;  // of the member under way
  bool in_member = false;
  bool usable = false;
};

MemberReader::MemberReader(std::function<void(std::string_view)> content, std::function<void(std::uint64_t)> member)
    : state_(std::make_unique<State>()) {
  state_->content = std::move(content);
  state_->member = std::move(member);
  state_->output.resize(kOutputBytes);
  state_->usable = inflateInit2(&state_->stream, kGzipOnly) == Z_OK;
}

MemberReader::~MemberReader() { inflateEnd(&state_->stream); }

bool MemberReader::at_member_end() const { return !state_->in_member; }

Status MemberReader::Add(std::string_view compressed) {
  State& state = *state_;
  if (!state.usable) return Fail(ErrorCode::kInternal, "out of memory for decompressing");
  z_stream& stream = state.stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  while (stream.avail_in > 0) {
    if (!state.in_member) {
      state.in_member = true;
      state.member_offset = state.offset;
      state.member(state.offset);
      inflateReset2(&stream, kGzipOnly);
    }
    const uInt before = stream.avail_in;
    int outcome = Z_OK;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(state.output.data());
      stream.avail_out = static_cast<uInt>(state.output.size());
      outcome = inflate(&stream, Z_NO_FLUSH);
      state.content(std::string_view(state.output.data(), state.output.size() - stream.avail_out));
    } while (outcome == Z_OK && stream.avail_out == 0);
    state.offset += before - stream.avail_in;
    if (outcome == Z_STREAM_END) {
      state.in_member = false;
    } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
      return Fail(ErrorCode::kDataLoss, "the gzip member at byte " + std::to_string(state.member_offset) +
                                            " is damaged: " + (stream.msg != nullptr ? stream.msg : "no gzip data"));
    }
  }
  return {};
}

}  // namespace signpost::manifest
