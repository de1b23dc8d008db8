#include "manifest/row_deflater.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "manifest/deflate_block.h"
#include "manifest/row_checksum.h"
#include "manifest/row_copies.h"

namespace signpost::manifest {
namespace {

constexpr std::array<char, 10> kMemberHeader = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, '\xff'};
constexpr std::size_t kMemberTrailerBytes = 8;
/// So many rows tell the codes of a block.
constexpr std::size_t kCountedRows = 32;
/// A shorter one is read once more in less time than it takes to leave it out of the checksum.
constexpr std::size_t kLongQuery = 512;

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

  DeflateBlock block;
  std::unique_ptr<char[]> packed;  // not initialised, so that memory never written costs nothing
  std::size_t packed_bytes = 0;

  void Start();
  void MarkRow() { rows.push_back({.step = copies.steps().size(), .literals = copies.literals()}); }
  void AddRows(std::string_view text);
  void Settle(std::string_view text);
  void CountSample();
  void Reserve();
  Result<Member> MakeMember();
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
  CountSample();
  Status made = block.MakeCodes();
  if (!made) return Forward(made);
  Reserve();
  char* out = std::ranges::copy(kMemberHeader, packed.get()).out;
  out = block.Write(literals.data(), copies.steps(), out);
  static_assert(std::endian::native == std::endian::little);
  const std::array<std::uint32_t, 2> trailer = {checksum.value(), static_cast<std::uint32_t>(text_bytes)};
  std::memcpy(out, trailer.data(), sizeof trailer);
  out += sizeof trailer;
  return Member{.bytes = {packed.get(), out}, .text_bytes = text_bytes, .text_crc32 = checksum.value()};
}

/// Some rows, evenly spread, and the text's end.
void RowDeflater::State::CountSample() {
  block.Start();
  const std::size_t stride = std::max<std::size_t>(1, (rows.size() - 1) / kCountedRows);
  MarkRow();
  for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
    if (i % stride != stride - 1 && i + 2 < rows.size()) continue;
    block.Count(literals.data() + rows[i].literals,
                std::span(copies.steps()).subspan(rows[i].step, rows[i + 1].step - rows[i].step));
  }
}

void RowDeflater::State::Reserve() {
  const std::size_t most = kMemberHeader.size() + DeflateBlock::MostBytes(text_bytes) + kMemberTrailerBytes;
  if (packed_bytes >= most) return;
  packed = std::make_unique_for_overwrite<char[]>(most);
  packed_bytes = most;
}

}  // namespace signpost::manifest
