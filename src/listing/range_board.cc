#include "listing/range_board.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace signpost::listing {
namespace {

constexpr double kFirstPageBytes = 64 << 10;  // until one is finished
constexpr double kWeightOfLatestPage = 0.01;
constexpr double kKeptForTheFront = 0.3;  // of what waits left of a page

// The keys of a page that teach the alphabets.
constexpr std::size_t kSamples = 16;
constexpr std::size_t kPagesRemembered = 32;  // of each range, and left of the front

constexpr double kSmallJob = 10;           // pages
constexpr double kWeightOfForetold = 0.5;  // of a page between guesses that were all right, against one that was listed

// Of a name, to tell how long it goes on: a part of a page, and keys.
constexpr std::size_t kLeastPartOfPage = 10;
constexpr std::size_t kFewestOfRun = 8;

constexpr double kFirstHitRate = 0.5;
constexpr double kWeightOfLatestOpening = 1.0 / 12;
constexpr double kHit = 0.1;  // of a page
constexpr double kFull = 0.99;

/// Teaches keys spread over all of `objects`, the last one among them.
template <typename Learner>
void LearnSamples(std::span<const s3::ListedObject> objects, Learner* learner) {
  const std::size_t step = std::max<std::size_t>(1, objects.size() / kSamples);
  for (std::size_t i = 0; i < objects.size(); i += step) learner->Learn(objects[i].key);
  if (!objects.empty()) learner->Learn(objects.back().key);
}

/// The last of `objects` that share the longest beginning which ends a name and is shared by at least `fewest`; all of
/// them if there is none.
std::span<const s3::ListedObject> LastRun(std::span<const s3::ListedObject> objects, std::size_t fewest) {
  const std::string_view last = objects.back().key;
  const std::size_t common = CommonPrefix(objects.front().key, last);
  for (std::size_t size = last.size(); size > common; --size) {
    if (IsNameByte(last[size - 1])) continue;
    const std::string_view name = last.substr(0, size);
    const auto run = std::ranges::lower_bound(objects, name, {}, &s3::ListedObject::key);
    const auto count = static_cast<std::size_t>(objects.end() - run);
    if (count >= fewest) return objects.last(count);
  }
  return objects;
}

/// How many of `objects` share the name that the last one is in and that `next` is not in any more.
std::size_t RunBefore(std::span<const s3::ListedObject> objects, std::string_view next) {
  if (objects.empty()) return 0;
  const std::string_view last = objects.back().key;
  std::size_t end = CommonPrefix(last, next);
  while (end < last.size() && IsNameByte(last[end])) ++end;
  const auto run = std::ranges::lower_bound(objects, last.substr(0, end + 1), {}, &s3::ListedObject::key);
  return static_cast<std::size_t>(objects.end() - run);
}

}  // namespace

RangeBoard::RangeBoard(RangeBoardOptions options)
    : options_(std::move(options)),
      families_(options_.prefix.size()),
      page_bytes_(kFirstPageBytes),
      hit_rate_(kFirstHitRate) {
  const std::string& start = options_.start_after;
  ranges_.emplace_back(start.empty() ? options_.prefix : start, std::nullopt,
                       PageChecker(options_.prefix, options_.order, start));
  ranges_.back().next_request.start_after = start;
  front_ = ranges_.begin();
}

std::optional<RangeBoard::Turn> RangeBoard::Take() {
  if (in_work_ >= options_.pages_in_work) return std::nullopt;
  if (draining_) return TakeGap();
  std::size_t before = 0;
  for (auto range = front_; range != ranges_.end(); ++range) {
    if (!range->done && !range->with_worker && (HasRoom(before) || HoldsAllUp(range))) return Hand(range);
    before += BytesWith(*range);
  }
  // While the processors have enough to do, another range would only cost a call.
  const bool busy = in_work_ > 0 && in_work_ >= options_.pages_in_work / 2;
  const bool may_cut = cuts_allowed_ && !busy && options_.order == KeyOrder::kBytes;
  return may_cut ? TakeCut() : std::nullopt;
}

std::optional<RangeBoard::Turn> RangeBoard::TakeGap() {
  auto gap = ranges_.end();
  std::size_t before = 0;
  std::size_t before_gap = 0;
  for (auto range = front_; range != ranges_.end(); ++range) {
    const bool has_pages = range->with_worker || !range->parcels.empty();
    if (has_pages && gap != ranges_.end()) {
      return HasRoom(before_gap) || HoldsAllUp(gap) ? std::optional(Hand(gap)) : std::nullopt;
    }
    if (gap == ranges_.end() && !range->done && !range->with_worker) {
      gap = range;
      before_gap = before;
    }
    before += BytesWith(*range);
  }
  return std::nullopt;
}

RangeBoard::Turn RangeBoard::Hand(RangeList::iterator range) {
  range->with_worker = true;
  ++in_flight_;
  if (!range->opened) ++unopened_;
  return {range->next_request, range};
}

/// Whether a page that has `bytes_before` waiting left of it may be fetched: near the front the whole look-ahead may be
/// used, at its far end three quarters.
bool RangeBoard::HasRoom(std::size_t bytes_before) const {
  return BytesExpected() + kKeptForTheFront * static_cast<double>(bytes_before) <
         static_cast<double>(options_.lookahead_bytes);
}

/// What waits, and what is under way.
double RangeBoard::BytesExpected() const {
  return static_cast<double>(waiting_bytes_) + static_cast<double>(in_flight_ + in_work_) * page_bytes_;
}

/// Whether everything waits for the next page of `range`: it may be fetched whatever waits.
bool RangeBoard::HoldsAllUp(RangeList::iterator range) const {
  return range == front_ && range->parcels.empty() && !releasing_;
}

std::size_t RangeBoard::BytesWith(const KeyRange& range) const {
  return range.waiting_bytes + (range.with_worker ? static_cast<std::size_t>(page_bytes_) : 0);
}

RangeBoard::Scanned RangeBoard::HandBack(const Turn& turn, const s3::ListPage& page) {
  KeyRange& range = *turn.range;
  range.with_worker = false;
  --in_flight_;
  ++in_work_;
  const auto past =
      !range.hi ? page.objects.end()
                : std::ranges::upper_bound(page.objects, std::string_view(*range.hi), {}, &s3::ListedObject::key);
  const auto own = static_cast<std::size_t>(past - page.objects.begin());
  range.last_request = std::exchange(range.next_request, {.continuation_token = page.next_continuation_token});
  if (!range.first_seen) {
    range.first_request = range.last_request;
    if (!page.objects.empty()) range.first_seen.emplace(page.objects.front().key);
  }
  range.done = past != page.objects.end() || !page.is_truncated;
  if (past != page.objects.end()) range.key_beyond.emplace(past->key);
  fullest_page_ = std::max(fullest_page_, page.objects.size());
  if (!range.opened) {
    range.opened = true;
    --unopened_;
    CountOpening(own);
  }
  Learn(turn.range, page, own);
  Scanned scanned{.place = {.range = turn.range, .number = range.released + range.parcels.size()}, .keys = own};
  range.parcels.emplace_back();
  scanned.doubts = CheckNeighbours(turn.range);
  return scanned;
}

void RangeBoard::CountOpening(std::size_t own) {
  const auto full = static_cast<double>(own) / static_cast<double>(fullest_page_);
  hit_rate_ += ((full > kHit ? 1 : 0) - hit_rate_) * kWeightOfLatestOpening;
}

/// When every range has come back with a full page and the end is not in sight: the pages that are foretold between
/// them. Guesses that all were right, with as much in between by what they have shown, tell a large job before it is
/// listed.
double RangeBoard::PagesBetweenGuesses() {
  if (ranges_.back().done) return 0;
  double pages = 0;
  for (auto range = ranges_.begin(); range != ranges_.end(); ++range) {
    if (range->history.empty() || range->history.front().pages < kFull) return 0;
    const auto next = std::next(range);
    if (!range->done && next != ranges_.end()) pages += PagesBetween(range, next);
  }
  return pages;
}

/// As foretold by what is left of the gap and by the first page right of it, and no more than were meant to be there:
/// one page may lie in a folder much fuller than others.
double RangeBoard::PagesBetween(RangeList::iterator left, RangeList::iterator right) {
  if (right->history.empty()) return 0;
  const ListedPage& page = right->history.front();
  KeySpace& space = families_.SpaceOf(page.last);
  const std::size_t depth = families_.prefix_size();
  const double span = space.Distance(page.first, page.last, depth);
  if (span <= 0) return 0;
  const double by_right = space.Distance(left->position, page.first, depth) / span * page.pages;
  return std::min({PagesAhead(left), by_right, right->reach});
}

/// Takes from the page what guides later cuts.
void RangeBoard::Learn(RangeList::iterator range, const s3::ListPage& page, std::size_t own) {
  if (options_.order != KeyOrder::kBytes) return;
  LearnSamples(page.objects, &families_);
  if (own > 0) Remember(*range, page, own);
  range->ahead_is_stale = true;
  if (range->done) range->last_run.reset();
  small_ = small_ && listed_pages_ + kWeightOfForetold * PagesBetweenGuesses() <= kSmallJob;
}

/// How far the first page lies behind the prefix tells nothing about how far apart keys are: it counts from its first.
void RangeBoard::Remember(KeyRange& range, const s3::ListPage& page, std::size_t own) {
  const double pages = static_cast<double>(own) / static_cast<double>(fullest_page_);
  const bool is_first = listed_pages_ == 0;
  listed_pages_ += pages;
  const std::string_view last = page.objects[own - 1].key;
  range.history.push_back({.from = is_first ? std::string(page.objects.front().key) : range.position,
                           .to = std::string(range.key_beyond ? std::string_view(*range.hi) : last),
                           .first = std::string(page.objects.front().key),
                           .last = std::string(last),
                           .pages = pages});
  if (range.history.size() > kPagesRemembered) range.history.pop_front();
  range.position = last;
  range.known_key = last;
  const auto objects = std::span(page.objects).first(own);
  const auto run = LastRun(objects, std::max(kFewestOfRun, fullest_page_ / kLeastPartOfPage));
  // A name that has not gone on for longer than the one before it may end where that did.
  if (run.size() <= RunBefore(objects.first(own - run.size()), run.front().key)) return range.last_run.reset();
  range.last_run.emplace(KeyRun{.first = std::string(run.front().key),
                                .pages = static_cast<double>(run.size()) / static_cast<double>(fullest_page_),
                                .space = KeySpace(options_.prefix.size())});
  LearnSamples(run, &range.last_run->space);
}

std::vector<RangeBoard::Doubt> RangeBoard::CheckNeighbours(RangeList::iterator range) {
  std::vector<Doubt> doubts;
  if (auto doubt = CheckMeeting(range)) doubts.push_back(std::move(*doubt));
  if (range == ranges_.begin()) return doubts;
  if (auto doubt = CheckMeeting(std::prev(range))) doubts.push_back(std::move(*doubt));
  return doubts;
}

/// Whether the range right of `left` began with the key that `left` ended before.
std::optional<RangeBoard::Doubt> RangeBoard::CheckMeeting(RangeList::iterator left) {
  const auto right = std::next(left);
  if (right == ranges_.end() || !left->done || left->met_right || !(right->first_seen || right->done)) return {};
  left->met_right = true;
  const auto& of_left = left->key_beyond;
  const auto& of_right = right->first_seen;
  if (of_left == of_right) return std::nullopt;
  const bool right_passed_over = of_left && (!of_right || *of_left < *of_right);
  if (right_passed_over) {
    return Doubt{.listed_by = left->last_request, .passed_over_by = right->first_request, .key = *of_left};
  }
  return Doubt{.listed_by = right->first_request, .passed_over_by = left->last_request, .key = *of_right};
}

void RangeBoard::Fill(const Place& place, Parcel parcel) {
  KeyRange& range = *place.range;
  --in_work_;
  const auto bytes = static_cast<double>(parcel.bytes);
  page_bytes_ = std::max(bytes, page_bytes_ + (bytes - page_bytes_) * kWeightOfLatestPage);
  waiting_bytes_ += parcel.bytes;
  range.waiting_bytes += parcel.bytes;
  range.parcels[place.number - range.released] = std::move(parcel);
}

std::optional<Parcel> RangeBoard::TakeReady() {
  if (releasing_ || front_ == ranges_.end() || front_->parcels.empty() || !front_->parcels.front()) return std::nullopt;
  Parcel parcel = std::move(*front_->parcels.front());
  front_->parcels.pop_front();
  ++front_->released;
  waiting_bytes_ -= parcel.bytes;
  front_->waiting_bytes -= parcel.bytes;
  releasing_ = true;
  LeaveFinishedRanges();
  return parcel;
}

void RangeBoard::Released() { releasing_ = false; }

void RangeBoard::LeaveFinishedRanges() {
  while (front_ != ranges_.end() && front_->done && front_->parcels.empty()) ++front_;
  Forget();
}

/// Drops ranges left of the front that no Forecast looks back to.
void RangeBoard::Forget() {
  std::size_t pages = 0;
  std::size_t ranges = 0;
  auto oldest = front_;
  while (oldest != ranges_.begin() && pages < kPagesRemembered && ranges < kPagesRemembered) {
    --oldest;
    pages += oldest->history.size();
    ++ranges;
  }
  ranges_.erase(ranges_.begin(), oldest);
}

}  // namespace signpost::listing
