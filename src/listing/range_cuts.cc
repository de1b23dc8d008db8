// How RangeBoard decides where to cut a range for a worker that has none.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "listing/forecast.h"
#include "listing/range_board.h"

namespace signpost::listing {
namespace {

// Pages.
constexpr double kSmallestPiece = 1.5;
constexpr double kSmallestCap = 2.5;
constexpr double kWorthHalving = 1.0;
constexpr double kWorthAskingAhead = 0.4;
constexpr double kShort = 0.06;
constexpr double kMostWhole = 4;
constexpr double kLeastLeft = 0.5;
constexpr double kUncountable = 1e6;

constexpr double kPiecesOfLookahead = 4;  // for each worker
constexpr double kMostShares = 8;         // in one piece: guesses that are farther off are too vague
constexpr double kFewestUnopened = 4;
constexpr double kUnopenedPerHit = 3;

// In a job that may be small.
constexpr double kPagesWorthCutting = 3;
constexpr int kCutsOfSmallJob = 2;  // at most
constexpr double kFirstGuess = 5;   // pages ahead
constexpr double kSecondGuess = 40;

/// A piece of few pages is cut a little short of whole ones: it then needs no other call.
double InWholePages(double pages, double ahead) {
  const double whole = std::max(1.0, std::round(pages));
  return std::min(whole <= kMostWhole ? whole - kShort : pages, ahead - kLeastLeft);
}

}  // namespace

std::optional<RangeBoard::Turn> RangeBoard::TakeCut() {
  if (!MayExplore()) return std::nullopt;
  FindCandidates();
  while (const auto cut = ChooseCut()) {
    if (auto turn = CutAt(*cut)) return turn;
    candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(cut->candidate));
  }
  return std::nullopt;
}

/// Openings are guesses: how many may be out at once depends on how many were right of late. A small job gets two.
bool RangeBoard::MayExplore() const {
  if (listed_pages_ == 0) return false;
  if (small_) return cuts_ < kCutsOfSmallJob;
  const auto workers = static_cast<double>(options_.workers);
  const double most = std::max(kFewestUnopened, std::min(workers, kUnopenedPerHit * workers * hit_rate_));
  return static_cast<double>(unopened_) < most;
}

/// Ranges with room for their pages that have shown something since they were made: a range that was cut before its
/// first page came back is a guess, and a second cut would be a guess upon it.
void RangeBoard::FindCandidates() {
  candidates_.clear();
  std::size_t before = 0;
  for (auto range = front_; range != ranges_.end(); ++range) {
    before += BytesWith(*range);
    if (range->done) continue;
    if (!HasRoom(before)) return;
    if (!range->opened && range->cut_unopened) continue;
    candidates_.push_back({.range = range, .ahead = PagesAhead(range) - (range->with_worker ? 1 : 0)});
  }
}

double RangeBoard::PagesAhead(RangeList::iterator range) {
  if (range->ahead_is_stale) {
    range->ahead = Forecast(ranges_, range, families_).PagesAhead();
    if (!range->opened && range->granted) range->ahead = std::min(range->ahead, *range->granted);
    range->ahead_is_stale = false;
  }
  return range->ahead;
}

/// Each worker's share of all that is left, but no more than the look-ahead can hold.
std::optional<RangeBoard::Cut> RangeBoard::ChooseCut() const {
  if (small_) return CutOfSmallJob();
  double all = 0;
  for (const Candidate& one : candidates_) all += std::min(one.ahead, kUncountable);
  const auto workers = static_cast<double>(options_.workers);
  const double room = static_cast<double>(options_.lookahead_bytes) / page_bytes_;
  const double cap = std::max(kSmallestCap, room / (kPiecesOfLookahead * workers));
  const bool fits = BytesExpected() + all * page_bytes_ < static_cast<double>(options_.lookahead_bytes);
  auto cut = PickCandidate(std::max(kSmallestPiece, std::min(cap, all / workers)), fits);
  if (!cut) return std::nullopt;
  cut->pages = LengthOf(*cut);
  return cut;
}

/// The rightmost range that can be cut, a little ahead and then far: where both guesses are right, the job is large.
std::optional<RangeBoard::Cut> RangeBoard::CutOfSmallJob() const {
  if (candidates_.empty() || candidates_.back().ahead < kPagesWorthCutting) return std::nullopt;
  const double ahead = candidates_.back().ahead;
  const double pages = cuts_ == 0 ? std::min(kFirstGuess, ahead / 3) : std::min(kSecondGuess, ahead / 2);
  return Cut{.candidate = candidates_.size() - 1, .pages = InWholePages(std::max(1.0, pages), ahead)};
}

/// The leftmost range that holds two shares gives one. If none does, or all that is left fits the look-ahead, the
/// largest is halved: that shows soonest where the keys are. If it is too small, the one with most left is asked for
/// its next page while its present one is still in flight.
std::optional<RangeBoard::Cut> RangeBoard::PickCandidate(double share, bool fits) const {
  std::optional<std::size_t> largest;
  std::optional<std::size_t> next;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Candidate& one = candidates_[i];
    if (!fits && one.ahead >= 2 * share) return Cut{.candidate = i, .pages = share};
    if (!largest || one.ahead > candidates_[*largest].ahead) largest = i;
    const bool in_flight = one.range->opened && one.range->with_worker;
    if (in_flight && (!next || one.ahead > candidates_[*next].ahead)) next = i;
  }
  const double most = largest ? candidates_[*largest].ahead : 0;
  if (most >= kWorthHalving) return Cut{.candidate = *largest, .pages = std::min(most / 2, kMostShares * share)};
  if (next && candidates_[*next].ahead >= kWorthAskingAhead) return Cut{.candidate = *next, .pages = 0};
  return std::nullopt;
}

double RangeBoard::LengthOf(const Cut& cut) const {
  const auto& [range, ahead] = candidates_[cut.candidate];
  double pages = cut.pages;
  if (pages == 0) return -kShort;
  if (!range->opened) {
    // The more guesses go wrong, the wider apart the next ones: a gap in the keys is crossed in few steps.
    pages = std::min(ahead / 2, pages + range->reach * std::min(1.0, 2 * (1 - hit_rate_)));
  }
  return InWholePages(pages, ahead);
}

/// Cuts the candidate and hands out its right part; nothing when no key fits.
std::optional<RangeBoard::Turn> RangeBoard::CutAt(const Cut& cut) {
  const auto [left, ahead] = candidates_[cut.candidate];
  const double in_flight = left->with_worker ? 1 : 0;
  auto pivot = Forecast(ranges_, left, families_).KeyAhead(cut.pages + in_flight);
  if (!pivot) return std::nullopt;
  const auto right =
      ranges_.emplace(std::next(left), *pivot, left->hi, PageChecker(options_.prefix, options_.order, *pivot));
  right->next_request.start_after = *pivot;
  right->known_key = left->known_key;
  right->granted = std::max(0.0, ahead - cut.pages);
  right->reach = cut.pages + (left->opened ? 0 : left->reach);
  left->hi = std::move(*pivot);
  left->cut_unopened = !left->opened;
  left->ahead_is_stale = true;
  ++cuts_;
  return Hand(right);
}

}  // namespace signpost::listing
