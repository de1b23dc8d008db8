#include "manifest/deflate_block.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include "base/lanes.h"

namespace signpost::manifest {
namespace {

/// A code has at most so many bits.
constexpr std::size_t kMostCodeBits = 15;
constexpr unsigned char kHexDigits[] = "0123456789abcdef";
constexpr std::size_t kEndOfBlock = 256;
constexpr std::uint32_t kLeastCopy = 3;
constexpr std::uint32_t kMostCopy = 258;

/// Sixteen hexadecimal digits of text, as the eight bytes that they stand for.
class HexWord {
 public:
  static constexpr std::ptrdiff_t kDigits = sizeof(Lanes);

  explicit HexWord(const char* text) {
    static_assert(std::endian::native == std::endian::little);
    const Lanes digits = LoadLanes(text);
    const Lanes letters = (digits >= 'a') & (digits <= 'f');
    valid_ = !Any(~(letters | ((digits >= '0') & (digits <= '9'))));
    using Pairs = std::uint16_t __attribute__((vector_size(sizeof(Lanes))));
    const auto nibbles = reinterpret_cast<Pairs>((digits & 15) + (letters & 9));  // a letter's low bits count from 1
    using Bytes = std::uint8_t __attribute__((vector_size(sizeof bytes_)));
    const auto bytes = __builtin_convertvector((nibbles << 4 | nibbles >> 8) & 0xff, Bytes);
    std::memcpy(&bytes_, &bytes, sizeof bytes_);
  }

  /// Whether all are one of 0-9 a-f.
  bool valid() const { return valid_; }

  std::size_t byte(unsigned i) const { return bytes_ >> 8 * i & 0xff; }

 private:
  bool valid_;
  std::uint64_t bytes_;
};

/// A symbol of lengths or distances and its extra bits (RFC 1951 section 3.2.5).
struct Symbol {
  std::size_t symbol;
  CodeBits extra;
};

/// Both tables of section 3.2.5 go on like this: 2^`steps_log2` symbols for each number of extra bits.
Symbol SymbolOf(std::uint32_t value, unsigned steps_log2) {
  const unsigned width = static_cast<unsigned>(std::bit_width(value));
  if (width <= steps_log2 + 1) return {.symbol = value, .extra = {}};
  const unsigned extra = width - 1 - steps_log2;
  return {.symbol = (std::size_t{extra} << steps_log2) + (value >> extra),
          .extra = {.bits = value & ((1U << extra) - 1), .count = extra}};
}

std::size_t LengthSymbol(std::uint32_t length) {
  return length == kMostCopy ? 285 : 257 + SymbolOf(length - kLeastCopy, 2).symbol;
}

Symbol DistanceSymbol(std::uint32_t distance) { return SymbolOf(distance - 1, 1); }

/// The first of the copies that make up one of `length` bytes, so that what is left is none or can be copied.
std::uint32_t FirstCopy(std::uint32_t length) {
  if (length <= kMostCopy) return length;
  return std::min(kMostCopy, length - kLeastCopy);
}

}  // namespace

class DeflateBlock::BitWriter {
 public:
  explicit BitWriter(char* out) : out_(out) {}

  /// Bits before the next Flush().
  static constexpr unsigned kMostAtOnce = 56;

  void Add(CodeBits more) {
    bits_ |= more.bits << count_;
    count_ += more.count;
  }
  /// Writes eight bytes, of which the whole ones are done.
  void Flush() {
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(out_, &bits_, sizeof bits_);
    out_ += count_ / 8;
    bits_ >>= count_ & ~7U;
    count_ &= 7;
  }
  /// The end, after the last byte that has been begun.
  char* Finish() {
    Flush();
    if (count_ > 0) ++out_;
    return out_;
  }

 private:
  char* out_;
  std::uint64_t bits_ = 0;
  unsigned count_ = 0;
};

void DeflateBlock::Start() { std::memset(&histogram_, 0, sizeof histogram_); }

void DeflateBlock::Count(const char* literals, std::span<const Step> steps) {
  for (const Step& step : steps) {
    for (std::size_t i = 0; i < step.literals; ++i) {
      ++histogram_.lit_len_histogram[static_cast<unsigned char>(*literals++)];
    }
    for (std::uint32_t left = step.length; left > 0;) {
      const std::uint32_t length = FirstCopy(left);
      ++histogram_.lit_len_histogram[LengthSymbol(length)];
      ++histogram_.dist_histogram[DistanceSymbol(step.distance).symbol];
      left -= length;
    }
  }
}

Status DeflateBlock::MakeCodes() {
  histogram_.lit_len_histogram[kEndOfBlock] = 1;
  if (const int outcome = isal_create_hufftables(&tables_, &histogram_); outcome != 0) {
    return Fail(ErrorCode::kInternal, "ISA-L could not make the codes of a block (" + std::to_string(outcome) + ")");
  }
  const auto digit = [this](std::size_t value) { return Literal(kHexDigits[value]); };
  for (std::size_t byte = 0; byte < hex_.bits.size(); ++byte) {
    const CodeBits both = digit(byte >> 4).Then(digit(byte & 15));
    hex_.bits[byte] = static_cast<std::uint32_t>(both.bits);
    hex_.counts[byte] = static_cast<std::uint8_t>(both.count);
  }
  hex_.are_short = std::ranges::max(hex_.counts) * 4U <= BitWriter::kMostAtOnce;
  return {};
}

std::size_t DeflateBlock::MostBytes(std::uint64_t text_bytes) {
  return ISAL_DEF_MAX_HDR_SIZE + text_bytes * kMostCodeBits / 8 + 2 * sizeof(std::uint64_t);
}

// What a block is written with is inlined: a copy and its literals take some ten nanoseconds.

inline CodeBits DeflateBlock::LengthBits(std::uint32_t length) const {
  const std::uint32_t code = tables_.len_table[length - kLeastCopy];  // with its extra bits
  return {.bits = code >> 5, .count = code & 31};
}

inline CodeBits DeflateBlock::DistanceBits(std::uint32_t distance) const {
  const Symbol symbol = DistanceSymbol(distance);
  const CodeBits code = {.bits = tables_.dcodes[symbol.symbol], .count = tables_.dcodes_sizes[symbol.symbol]};
  return code.Then(symbol.extra);
}

inline void DeflateBlock::WriteLiterals(const char* text, std::size_t size, BitWriter* writer) const {
  const auto code = [this](char c) { return Literal(static_cast<unsigned char>(c)); };
  const char* const end = text + size;
  for (; end - text >= HexWord::kDigits && hex_.are_short; text += HexWord::kDigits) {
    const HexWord word(text);
    if (!word.valid()) break;
    for (unsigned half = 0; half < 8; half += 4) {
      for (unsigned i = half; i < half + 4; ++i) writer->Add(hex_[word.byte(i)]);
      writer->Flush();
    }
  }
  static_assert(3 * kMostCodeBits <= BitWriter::kMostAtOnce);
  for (; end - text >= 3; text += 3) {
    for (int i = 0; i < 3; ++i) writer->Add(code(text[i]));
    writer->Flush();
  }
  if (text == end) return;
  // One or two: which is not to be foreseen, so there is no branch on it.
  const unsigned two = end - text == 2;
  const CodeBits second = code(text[two]);
  writer->Add(code(text[0]));
  writer->Add({.bits = second.bits & -std::uint64_t{two}, .count = second.count & -two});
  writer->Flush();
}

inline void DeflateBlock::WriteSteps(const char* literals, std::span<const Step> steps, BitWriter* writer) const {
  std::uint32_t distance = 0;  // most steps have that of the step before
  CodeBits distance_bits;
  for (const Step& step : steps) {
    WriteLiterals(literals, step.literals, writer);
    literals += step.literals;
    if (step.length > 0 && step.distance != distance) {
      distance = step.distance;
      distance_bits = DistanceBits(distance);
    }
    for (std::uint32_t left = step.length; left > 0;) {
      const std::uint32_t length = FirstCopy(left);
      writer->Add(LengthBits(length));
      writer->Add(distance_bits);
      writer->Flush();
      left -= length;
    }
  }
}

char* DeflateBlock::Write(const char* literals, std::span<const Step> steps, char* out) const {
  std::memcpy(out, tables_.deflate_hdr, tables_.deflate_hdr_count + 1);
  *out = static_cast<char>(*out | 1);  // BFINAL, the first bit of a block
  out += tables_.deflate_hdr_count;
  BitWriter writer(out);
  const unsigned begun = tables_.deflate_hdr_extra_bits;
  writer.Add({.bits = static_cast<unsigned char>(*out) & ((1U << begun) - 1), .count = begun});
  WriteSteps(literals, steps, &writer);
  writer.Add(Literal(kEndOfBlock));
  return writer.Finish();
}

}  // namespace signpost::manifest
