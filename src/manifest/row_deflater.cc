#include "manifest/row_deflater.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <isa-l/igzip_lib.h>

#include "base/lanes.h"
#include "manifest/row_checksum.h"
#include "manifest/row_copies.h"

namespace signpost::manifest {
namespace {

constexpr std::array<char, 10> kMemberHeader = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, '\xff'};
constexpr std::size_t kMemberTrailerBytes = 8;
/// A code of RFC 1951 has at most so many bits.
constexpr std::size_t kMostCodeBits = 15;
constexpr unsigned char kHexDigits[] = "0123456789abcdef";
constexpr std::size_t kEndOfBlock = 256;
constexpr std::uint32_t kLeastCopy = 3;
constexpr std::uint32_t kMostCopy = 258;
/// So many rows tell the codes of a block.
constexpr std::size_t kCountedRows = 32;
/// A shorter one is read once more in less time than it takes to leave it out of the checksum.
constexpr std::size_t kLongQuery = 512;

/// Codes and the bits that follow them, to be written least significant first.
struct Bits {
  std::uint64_t bits = 0;
  unsigned count = 0;

  Bits Then(Bits more) const { return {.bits = bits | more.bits << count, .count = count + more.count}; }
};

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
  Bits extra;
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

/// The codes of bytes' two digits.
struct HexCodes {
  std::array<std::uint32_t, 256> bits;
  std::array<std::uint8_t, 256> counts;
  bool are_short = false;  // those of eight digits fit what is written at once

  Bits operator[](std::size_t byte) const { return {.bits = bits[byte], .count = counts[byte]}; }
};

class BitWriter {
 public:
  explicit BitWriter(char* out) : out_(out) {}

  /// Bits before the next Flush().
  static constexpr unsigned kMostAtOnce = 56;

  void Add(Bits more) {
    bits_ |= more.bits << count_;
    count_ += more.count;
  }
  /// Writes up to eight bytes, of which the whole ones are done.
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

}  // namespace

struct RowDeflater::State {
  /// Before a row was added.
  struct Mark {
    std::size_t step = 0;      // steps there were
    std::size_t literals = 0;  // and literals in them
  };

  std::vector<RowPieces> fresh_rows;  // of which `copies` does not know yet
  RowCopies copies;
  std::vector<Mark> rows;
  // Of the latest row with a URL, or else the latest row: the next one can copy from it.
  std::size_t kept_row = 0;  // where it begins in the text
  bool kept_has_url = false;
  std::size_t rows_end = 0;  // in the text

  // What the member needs of the text that is settled.
  std::string literals;
  std::uint64_t text_bytes = 0;
  RowChecksum checksum;
  std::size_t settled = 0;                // bytes of the text as it is now
  std::size_t settled_steps = 0;          // whole ones
  std::size_t settled_open_literals = 0;  // of the one after them

  isal_huff_histogram histogram;
  isal_hufftables tables;
  HexCodes hex;
  std::unique_ptr<char[]> packed;  // not initialised, so that memory never written costs nothing
  std::size_t packed_bytes = 0;

  void Start();
  void MarkRow() { rows.push_back({.step = copies.steps().size(), .literals = copies.literals()}); }
  void AddRows(std::string_view text);
  void Settle(std::string_view text);
  Bits Literal(std::size_t symbol) const {
    return {.bits = tables.lit_table[symbol], .count = tables.lit_table_sizes[symbol]};
  }
  void CountSymbols();
  void Count(const char* next_literal, std::span<const Step> steps);
  Status MakeCodes();
  void Reserve();
  Result<Member> MakeMember();
  void WriteSteps(BitWriter* writer) const;
  void WriteLiterals(const char* text, std::size_t size, BitWriter* writer) const;
  Bits LengthBits(std::uint32_t length) const;
  Bits DistanceBits(std::uint32_t distance) const;
};

RowDeflater::RowDeflater() : state_(std::make_unique<State>()) {}
RowDeflater::RowDeflater(RowDeflater&&) noexcept = default;
RowDeflater& RowDeflater::operator=(RowDeflater&&) noexcept = default;
RowDeflater::~RowDeflater() = default;

void RowDeflater::AddRow(const RowPieces& row) {
  if (row.begin.front() == row.begin.back()) return;  // an object that this format leaves out
  state_->fresh_rows.push_back(row);
}

void RowDeflater::Settle(std::string* text) {
  state_->AddRows(*text);
  state_->copies.DropFront(state_->kept_row);
  state_->Settle(*text);
  text->erase(0, state_->kept_row);
  state_->kept_row = 0;
  state_->rows_end = state_->settled = text->size();
}

Result<RowDeflater::Member> RowDeflater::Pack(std::string_view text) {
  state_->AddRows(text);
  state_->MarkRow();
  state_->copies.AddLiterals(text.size() - state_->rows_end);
  state_->copies.Finish();
  state_->Settle(text);
  auto member = state_->MakeMember();
  state_->Start();
  return member;
}

void RowDeflater::State::Start() {
  fresh_rows.clear();
  copies.Start();
  rows.clear();
  kept_row = rows_end = 0;
  kept_has_url = false;
  literals.clear();
  text_bytes = 0;
  checksum.Start();
  settled = settled_steps = settled_open_literals = 0;
}

/// What the rows repeat that have come since the last time.
void RowDeflater::State::AddRows(std::string_view text) {
  for (const RowPieces& row : fresh_rows) {
    MarkRow();
    rows_end = row.begin.back();
    const bool has_url = row.begin[RowPieces::kSignature] != row.begin[RowPieces::kAfterSignature];
    const bool in_reach = rows_end - kept_row <= static_cast<std::size_t>(RowCopies::kMostDistance);
    if (has_url || !kept_has_url || !in_reach) {
      kept_row = row.begin.front();
      kept_has_url = has_url;
    }
    const bool query_as_before = copies.AddRow(text, row);
    const std::size_t query = row.begin[RowPieces::kBeforeSignature];
    const std::size_t query_bytes = row.begin[RowPieces::kSignature] - query;
    if (query_bytes >= kLongQuery) checksum.AddCommon(query, query_bytes, query_as_before);
  }
  fresh_rows.clear();
}

/// The literals of the steps so far, the length and the checksum.
void RowDeflater::State::Settle(std::string_view text) {
  const std::string_view fresh = text.substr(settled);
  text_bytes += fresh.size();
  checksum.Read(text, settled);

  const std::size_t before = literals.size();
  literals.resize_and_overwrite(before + fresh.size(), [&](char* begin, std::size_t) {
    const char* from = fresh.data();
    char* to = begin + before;
    const auto take = [&](std::size_t size) {
      std::memcpy(to, from, size);
      from += size;
      to += size;
    };
    std::size_t taken = settled_open_literals;
    for (const Step& step : std::span(copies.steps()).subspan(settled_steps)) {
      take(step.literals - std::exchange(taken, 0));
      from += step.length;
    }
    take(copies.open_literals() - taken);
    return static_cast<std::size_t>(to - begin);
  });
  settled_steps = copies.steps().size();
  settled_open_literals = copies.open_literals();
}

Result<RowDeflater::Member> RowDeflater::State::MakeMember() {
  CountSymbols();
  Status made = MakeCodes();
  if (!made) return Forward(made);
  Reserve();
  char* const begin = packed.get();
  char* out = std::ranges::copy(kMemberHeader, begin).out;

  std::memcpy(out, tables.deflate_hdr, tables.deflate_hdr_count + 1);
  *out = static_cast<char>(*out | 1);  // BFINAL, the first bit of a block
  out += tables.deflate_hdr_count;
  BitWriter block(out);
  const unsigned begun = tables.deflate_hdr_extra_bits;
  block.Add({.bits = static_cast<unsigned char>(*out) & ((1U << begun) - 1), .count = begun});
  WriteSteps(&block);
  block.Add(Literal(kEndOfBlock));

  BitWriter trailer(block.Finish());
  trailer.Add({.bits = checksum.value(), .count = 32});
  trailer.Flush();
  trailer.Add({.bits = static_cast<std::uint32_t>(text_bytes), .count = 32});
  return Member{.bytes = {begin, trailer.Finish()}, .text_bytes = text_bytes, .text_crc32 = checksum.value()};
}

/// The codes fit the symbols of some rows, evenly spread, and of the text's end.
void RowDeflater::State::CountSymbols() {
  std::memset(&histogram, 0, sizeof histogram);
  const std::size_t stride = std::max<std::size_t>(1, (rows.size() - 1) / kCountedRows);
  MarkRow();
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    if (i % stride != stride - 1 && i + 2 < rows.size()) continue;
    Count(literals.data() + rows[i].literals,
          std::span(copies.steps()).subspan(rows[i].step, rows[i + 1].step - rows[i].step));
  }
}

void RowDeflater::State::Count(const char* next_literal, std::span<const Step> steps) {
  for (const Step& step : steps) {
    for (std::size_t i = 0; i < step.literals; ++i) {
      ++histogram.lit_len_histogram[static_cast<unsigned char>(*next_literal++)];
    }
    for (std::uint32_t left = step.length; left > 0;) {
      const std::uint32_t length = FirstCopy(left);
      ++histogram.lit_len_histogram[LengthSymbol(length)];
      ++histogram.dist_histogram[DistanceSymbol(step.distance).symbol];
      left -= length;
    }
  }
}

/// A symbol that was not counted gets a long code.
Status RowDeflater::State::MakeCodes() {
  histogram.lit_len_histogram[kEndOfBlock] = 1;
  if (const int outcome = isal_create_hufftables(&tables, &histogram); outcome != 0) {
    return Fail(ErrorCode::kInternal, "ISA-L could not make the codes of a block (" + std::to_string(outcome) + ")");
  }
  const auto digit = [this](std::size_t value) { return Literal(kHexDigits[value]); };
  for (std::size_t byte = 0; byte < hex.bits.size(); ++byte) {
    const Bits both = digit(byte >> 4).Then(digit(byte & 15));
    hex.bits[byte] = static_cast<std::uint32_t>(both.bits);
    hex.counts[byte] = static_cast<std::uint8_t>(both.count);
  }
  hex.are_short = std::ranges::max(hex.counts) * 4U <= BitWriter::kMostAtOnce;
  return {};
}

/// Room for the worst case: each byte a literal of the longest code.
void RowDeflater::State::Reserve() {
  const std::size_t most = kMemberHeader.size() + ISAL_DEF_MAX_HDR_SIZE + text_bytes * kMostCodeBits / 8 +
                           kMemberTrailerBytes + 2 * sizeof(Bits);
  if (packed_bytes >= most) return;
  packed = std::make_unique_for_overwrite<char[]>(most);
  packed_bytes = most;
}

void RowDeflater::State::WriteSteps(BitWriter* writer) const {
  const char* next_literal = literals.data();
  std::uint32_t distance = 0;  // most steps have that of the step before
  Bits distance_bits;
  for (const Step& step : copies.steps()) {
    WriteLiterals(next_literal, step.literals, writer);
    next_literal += step.literals;
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

void RowDeflater::State::WriteLiterals(const char* text, std::size_t size, BitWriter* writer) const {
  const auto code = [this](char c) { return Literal(static_cast<unsigned char>(c)); };
  const char* const end = text + size;
  for (; end - text >= HexWord::kDigits && hex.are_short; text += HexWord::kDigits) {
    const HexWord word(text);
    if (!word.valid()) break;
    for (unsigned half = 0; half < 8; half += 4) {
      for (unsigned i = half; i < half + 4; ++i) writer->Add(hex[word.byte(i)]);
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
  const Bits second = code(text[two]);
  writer->Add(code(text[0]));
  writer->Add({.bits = second.bits & -std::uint64_t{two}, .count = second.count & -two});
  writer->Flush();
}

Bits RowDeflater::State::LengthBits(std::uint32_t length) const {
  const std::uint32_t code = tables.len_table[length - kLeastCopy];  // with its extra bits
  return {.bits = code >> 5, .count = code & 31};
}

Bits RowDeflater::State::DistanceBits(std::uint32_t distance) const {
  const Symbol symbol = DistanceSymbol(distance);
  const Bits code = {.bits = tables.dcodes[symbol.symbol], .count = tables.dcodes_sizes[symbol.symbol]};
  return code.Then(symbol.extra);
}

}  // namespace signpost::manifest
