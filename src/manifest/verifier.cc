#include "manifest/verifier.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "manifest/content_checker.h"
#include "manifest/member_reader.h"

namespace signpost::manifest {
namespace {

constexpr std::uint64_t kReadBytes = 4 << 20;
constexpr char kGzipFirstByte = 0x1f;  // no row begins with it

/// Compares where gzip members start, and with which row, with the footer's index.
class IndexChecker {
 public:
  IndexChecker(const std::optional<FoundFooter>& found, const ContentChecker* content,
               std::vector<std::string>* problems)
      : found_(found), content_(content), problems_(problems) {}

  void BeginMember(std::uint64_t offset) {
    last_offset_ = offset;
    if (!content_->AtRowEnd() && !std::exchange(noted_split_, true)) {
      NoteProblem(fmt::format("the gzip member before byte {} does not end with a whole row", offset), problems_);
    }
    if (!found_) return;
    const std::vector<Footer::Member>& index = found_->footer.members;
    if (indexed_ == index.size() || index[indexed_].offset > offset) return;
    const Footer::Member& indexed = index[indexed_];
    if (indexed.offset == offset && indexed.first_row == content_->rows()) {
      ++indexed_;
    } else if (!std::exchange(noted_index_, true)) {
      NoteProblem(fmt::format("the footer's index has row {} at byte {}, but row {} is at byte {}", indexed.first_row,
                              indexed.offset, content_->rows(), offset),
                  problems_);
    }
  }

  void Finish() const {
    if (!found_) return;
    if (last_offset_ != found_->offset) NoteProblem("the footer is not where it says that it is", problems_);
    if (indexed_ < found_->footer.members.size() && !noted_index_) {
      NoteProblem(fmt::format("no gzip member starts at byte {}, where the footer's index has one",
                              found_->footer.members[indexed_].offset),
                  problems_);
    }
  }

 private:
  const std::optional<FoundFooter>& found_;
  const ContentChecker* const content_;
  std::vector<std::string>* const problems_;
  std::uint64_t last_offset_ = 0;
  std::size_t indexed_ = 0;  // members of the index found so far
  bool noted_index_ = false;
  bool noted_split_ = false;
};

/// Reads the whole and hands it to `take`, which says whether to go on.
Status ReadAll(const CallContext& context, ByteSource& source, const std::function<bool(std::string_view)>& take) {
  for (std::uint64_t at = 0; at < source.size(); at += kReadBytes) {
    if (context.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled");
    auto bytes = source.Read(context, at, std::min(kReadBytes, source.size() - at));
    if (!bytes) return Forward(bytes);
    if (!take(*bytes)) return {};
  }
  return {};
}

Status CheckMembers(const CallContext& context, ByteSource& source, const std::optional<FoundFooter>& found,
                    ContentChecker* content, std::vector<std::string>* problems) {
  IndexChecker index(found, content, problems);
  MemberReader members([content](std::string_view bytes) { content->Feed(bytes); },
                       [&index](std::uint64_t offset) { index.BeginMember(offset); });
  Status unpacked;
  Status read = ReadAll(context, source, [&](std::string_view bytes) {
    unpacked = members.Add(bytes);
    return unpacked.has_value();
  });
  if (!read) return read;
  if (!unpacked) {
    if (unpacked.error().code != ErrorCode::kDataLoss) return unpacked;
    NoteProblem(unpacked.error().message, problems);
    return {};  // what follows cannot be read, so that its totals say nothing
  }
  if (!members.at_member_end()) NoteProblem("the last gzip member is cut", problems);
  index.Finish();
  content->Finish();
  return {};
}

Status CheckPlain(const CallContext& context, ByteSource& source, ContentChecker* content) {
  Status read = ReadAll(context, source, [content](std::string_view bytes) {
    content->Feed(bytes);
    return true;
  });
  if (read) content->Finish();
  return read;
}

}  // namespace

Result<VerifyReport> Verify(ByteSource& source, const CallContext& context, const VerifyOptions& options) {
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(source.size(), kMaxFooterBytes);
  Result<std::string> tail;
  if (tail_bytes > 0) tail = source.Read(context, source.size() - tail_bytes, tail_bytes);
  if (!tail) return Forward(tail);
  VerifyReport report;
  std::optional<FoundFooter> found;
  bool is_plain = false;
  if (auto decoded = DecodeFooter(*tail, source.size())) {
    found = std::move(*decoded);
    report.footer = found->footer;
  } else {
    if (decoded.error().code == ErrorCode::kNotFound && source.size() > 0) {
      auto first = source.Read(context, 0, 1);
      if (!first) return Forward(first);
      is_plain = first->front() != kGzipFirstByte;
    }
    NoteProblem(is_plain ? "an uncompressed manifest has no footer: that it is complete cannot be proven"
                         : std::move(decoded.error().message),
                &report.problems);
  }
  if (options.footer_only) return report;
  ContentChecker content(report.footer, &report.problems);
  Status checked = is_plain ? CheckPlain(context, source, &content)
                            : CheckMembers(context, source, found, &content, &report.problems);
  if (!checked) return Forward(checked);
  report.rows_read = content.rows();
  return report;
}

}  // namespace signpost::manifest
