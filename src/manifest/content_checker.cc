#include "manifest/content_checker.h"

#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "manifest/row_encoder.h"
#include "manifest/row_reader.h"

namespace signpost::manifest {
namespace {

Format GuessFormat(std::string_view content) {
  if (content.starts_with('{')) return Format::kNdjson;
  return content.starts_with("key,") ? Format::kCsv : Format::kUrls;
}

}  // namespace

void NoteProblem(std::string problem, std::vector<std::string>* problems) {
  if (problems->size() < kMostProblems) problems->push_back(std::move(problem));
}

ContentChecker::ContentChecker(const std::optional<Footer>& footer, std::vector<std::string>* problems)
    : footer_(footer), problems_(problems) {
  if (footer_) format_ = footer_->format;
}

void ContentChecker::Feed(std::string_view bytes) {
  if (bytes.empty()) return;
  if (!std::exchange(begun_, true) && !footer_) format_ = GuessFormat(bytes);
  content_bytes_ += bytes.size();
  crc32_ =
      static_cast<std::uint32_t>(crc32_z(crc32_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
  if (broken_) return;
  pending_.append(bytes);
  std::size_t at = 0;
  while (const std::size_t length = RowLength(format_, std::string_view(pending_).substr(at))) {
    TakeRow(std::string_view(pending_).substr(at, length));
    at += length;
  }
  pending_.erase(0, at);
  if (pending_.size() <= kMaxRowBytes) return;
  broken_ = true;
  pending_.clear();
  NoteProblem(fmt::format("row {} does not end within {} bytes", rows_ + 1, kMaxRowBytes), problems_);
}

void ContentChecker::TakeRow(std::string_view line) {
  if (format_ == Format::kCsv && !std::exchange(header_seen_, true)) {
    if (line != Header(format_)) NoteProblem("the CSV header is missing", problems_);
    return;
  }
  ++rows_;
  line.remove_suffix(format_ == Format::kCsv ? 2 : 1);
  auto row = ParseRow(format_, line);
  if (!row) {
    NoteOnce(&noted_row_, fmt::format("row {} is malformed: {}", rows_, row.error().message));
    return;
  }
  if (row->is_error) ++error_rows_;
  object_bytes_ += row->size;
  if (!row->key) return;
  CheckKey(*row->key);
  last_key_ = std::move(row->key);
}

void ContentChecker::CheckKey(const std::string& key) {
  if (!footer_) return;
  if (!key.starts_with(footer_->prefix)) {
    NoteOnce(&noted_prefix_, fmt::format("row {} has a key outside of the prefix", rows_));
  }
  // std::string compares as unsigned bytes.
  if (footer_->in_key_order && last_key_ && *last_key_ >= key) {
    NoteOnce(&noted_order_, fmt::format("row {} is out of key order", rows_));
  }
}

void ContentChecker::NoteOnce(bool* noted, std::string problem) {
  if (!std::exchange(*noted, true)) NoteProblem(std::move(problem), problems_);
}

void ContentChecker::Finish() {
  if (!AtRowEnd()) NoteProblem("the last row is cut", problems_);
  if (!footer_) {
    if (format_ == Format::kCsv && !header_seen_) NoteProblem("the CSV header is missing", problems_);
    return;
  }
  const auto compare = [this](std::string_view what, std::uint64_t found, std::uint64_t promised) {
    if (found == promised) return;
    NoteProblem(fmt::format("{}: {} found, but the footer says {}", what, found, promised), problems_);
  };
  compare("rows", rows_, footer_->rows);
  // A URL list has no error rows and no sizes.
  if (format_ != Format::kUrls) {
    compare("error rows", error_rows_, footer_->error_rows);
    compare("object bytes", object_bytes_, footer_->object_bytes);
  }
  compare("content bytes", content_bytes_, footer_->content_bytes);
  if (crc32_ != footer_->content_crc32) {
    NoteProblem(
        fmt::format("the content's CRC-32 is {:08x}, but the footer says {:08x}", crc32_, footer_->content_crc32),
        problems_);
  }
}

}  // namespace signpost::manifest
