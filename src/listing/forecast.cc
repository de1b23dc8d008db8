#include "listing/forecast.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace signpost::listing {
namespace {

constexpr double kPagesBack = 32;
constexpr int kRangesBack = 24;
constexpr double kUnknown = 1e15;
constexpr double kNearStart = 0.1;  // of what a run spans

/// The first byte of the name token that byte `at` of `key` is in.
std::size_t TokenStart(std::string_view key, std::size_t at, std::size_t lowest) {
  while (at > lowest && IsNameByte(key[at - 1])) --at;
  return at;
}

/// Whether `key` can be sent to any server as a start-after: valid UTF-8 (RFC 3629) without control bytes.
bool IsPlainText(std::string_view key) {
  int continuation = 0;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (continuation > 0) {
      if (byte >> 6 != 0b10) return false;
      --continuation;
    } else if (byte < 0x80) {
      if (byte < 0x20 || byte == 0x7f) return false;
    } else {
      continuation = byte >> 5 == 0b110 ? 1 : byte >> 4 == 0b1110 ? 2 : byte >> 3 == 0b11110 ? 3 : -1;
      if (continuation < 0) return false;
    }
  }
  return continuation == 0;
}

}  // namespace

Forecast::Forecast(const RangeList& ranges, RangeList::iterator range, KeyFamilies& families)
    : ranges_(ranges),
      range_(*range),
      place_(range),
      guide_(range),
      space_(families.SpaceOf(range->known_key)),
      depth_(range->hi ? CommonPrefix(range->position, *range->hi) : families.prefix_size()),
      shared_(std::string_view(range->position).substr(0, depth_)),
      distance_ahead_(space_.Distance(range->position, range->end(), depth_)) {
  while (guide_->history.empty() && guide_ != ranges_.begin()) --guide_;
  LookBack();
  LookAtToken();
}

/// Fills trail_: single pages first, farther back several at a time.
void Forecast::LookBack() {
  auto range = place_;
  for (int ranges = 0; ranges < kRangesBack; ++ranges) {
    for (std::size_t newest = range->history.size(); newest > 0;) {
      const double back = trail_.empty() ? 0 : trail_.back().pages;
      if (back >= kPagesBack) return;
      const auto step = static_cast<std::size_t>(std::max(1.0, back / 4));
      const std::size_t oldest = newest - std::min(newest, step);
      if (!Step(*range, oldest, newest - 1)) return;
      newest = oldest;
    }
    do {
      if (range == ranges_.begin()) return;
      --range;
      // Nothing lies in an empty range, but the way leads through it.
      const bool shares = range->IsEmpty() && range->lo.starts_with(shared_) && range->hi->starts_with(shared_);
      if (shares) skipped_ += space_.Distance(range->lo, range->end(), depth_);
    } while (range->IsEmpty());
  }
}

/// Takes pages `oldest` to `newest` of `range` into the trail; false when they lead out of the keys that share depth_
/// bytes: then the part of them that shares.
bool Forecast::Step(const KeyRange& range, std::size_t oldest, std::size_t newest) {
  const std::string& from = range.history[oldest].from;
  const std::string& to = range.history[newest].to;
  if (!to.starts_with(shared_)) return false;
  Point point = trail_.empty() ? Point() : trail_.back();
  double pages = 0;
  for (std::size_t i = oldest; i <= newest; ++i) pages += range.history[i].pages;
  const bool inside = from.starts_with(shared_);
  if (!inside) {
    const std::size_t depth = CommonPrefix(from, to);
    const double all = space_.Distance(from, to, depth);
    if (all > 0) pages *= space_.Distance(shared_, to, depth) / all;
  }
  point.pages += pages;
  point.distance += std::exchange(skipped_, 0) + space_.Distance(inside ? std::string_view(from) : shared_, to, depth_);
  trail_.push_back(point);
  return inside;
}

void Forecast::LookAtToken() {
  if (guide_->history.empty() || !guide_->last_run) return;
  const ListedPage& page = guide_->history.back();
  const std::string_view position = guide_->position;
  KeyRun& run = *guide_->last_run;
  Token token{.pages = run.pages, .space = &run.space};
  token.start = CommonPrefix(run.first, page.last);
  while (token.start > depth_ && token.start < position.size() &&
         token.space->ContinuesToken(token.start, position[token.start - 1])) {
    --token.start;
  }
  const std::string_view before = position.substr(0, token.start);
  if (token.start < depth_ || !range_.position.starts_with(before)) return;
  token.distance = token.space->Distance(run.first, page.last, token.start);
  // Part of a page tells how long the token goes on if it began where its names can begin: names that fill their space
  // (digits of a hash, a counter for each folder), not a counter that goes on from the token before.
  const bool is_part = run.pages < page.pages;
  if (is_part && token.space->Distance(before, run.first, token.start) > kNearStart * token.distance) return;
  token.holds_end = range_.hi && range_.hi->starts_with(before);
  const Bound end = token.holds_end ? range_.end() : std::nullopt;
  if (token.distance <= 0) return;
  token.pages_left = token.space->Distance(range_.position, end, token.start) / token.distance * token.pages;
  // The last token of a name is trusted for one guess far ahead, not for guess upon guess before the first has come
  // back.
  const bool ends_name = position.find('/', token.start) == std::string_view::npos;
  const bool may_be_far = guide_ == place_ || token.pages_left <= kPagesBack;
  if (!(ends_name && may_be_far) && !OutlastsAllBefore(token)) return;
  token_ = token;
}

/// Whether the pages seen in this token are more than those of any token before it on the way back.
bool Forecast::OutlastsAllBefore(const Token& token) const {
  double own = 0;
  double run = 0;
  double longest = 0;
  double back = 0;
  bool in_own = true;
  std::string_view before = std::string_view(guide_->position).substr(0, token.start);
  RangeList::const_iterator range = guide_;
  for (int ranges = 0; ranges < kRangesBack && back < kPagesBack; ++ranges) {
    for (auto page = range->history.rbegin(); page != range->history.rend() && back < kPagesBack; ++page) {
      back += page->pages;
      if (page->first.starts_with(before)) {
        (in_own ? own : run) += page->pages;
        continue;
      }
      longest = std::max(longest, run);
      in_own = false;
      run = page->pages;
      const std::string_view last = page->last;
      before = last.substr(0, TokenStart(last, CommonPrefix(page->first, last), 0));
    }
    if (range == ranges_.begin()) break;
    --range;
  }
  return own > std::max(longest, run);
}

double Forecast::PagesWithin(double distance) const {
  Point last;
  for (const Point& point : trail_) {
    if (point.distance >= distance) {
      const double step = point.distance - last.distance;
      if (step <= 0) return point.pages;
      return last.pages + (point.pages - last.pages) * ((distance - last.distance) / step);
    }
    last = point;
  }
  if (last.distance > 0) return last.pages * (distance / last.distance);
  return last.pages > 0 ? kUnknown : 1;
}

double Forecast::DistanceOf(double pages) const {
  Point last;
  for (const Point& point : trail_) {
    if (point.pages >= pages) {
      return last.distance + (point.distance - last.distance) * (pages - last.pages) / (point.pages - last.pages);
    }
    last = point;
  }
  return last.pages > 0 ? last.distance * (pages / last.pages) : distance_ahead_ / 2;
}

double Forecast::PagesAhead() const {
  if (distance_ahead_ <= 0) return 0;
  double pages = PagesWithin(distance_ahead_);
  if (token_) pages = token_->holds_end ? token_->pages_left : std::max(pages, token_->pages_left);
  return std::min(pages, kUnknown);
}

std::optional<std::string> Forecast::KeyAhead(double pages) const {
  const std::string_view position = range_.position;
  std::optional<std::string> key;
  if (token_ && pages <= token_->pages_left) {
    const double distance = std::max(1.0, token_->distance * pages / token_->pages);
    key = token_->space->Advance(position, distance, token_->start);
  } else {
    double distance = std::max(1.0, DistanceOf(pages));
    if (token_) {  // not inside the token: it ends before
      const std::string behind = std::string(position.substr(0, token_->start)) + "\x7f\x7f\x7f\x7f";
      const double rest = DistanceOf(pages - token_->pages_left);
      distance = std::max(distance, space_.Distance(position, behind, depth_) + rest);
    }
    key = space_.Advance(position, distance, depth_);
  }
  const bool inside = key && *key > position && (!range_.hi || *key < *range_.hi);
  if (!inside || !IsPlainText(*key)) return std::nullopt;
  return key;
}

}  // namespace signpost::listing
