#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "listing/key_families.h"
#include "listing/key_range.h"
#include "listing/parcel.h"
#include "s3/list_page.h"

namespace signpost::listing {

struct RangeBoardOptions {
  std::string prefix;
  std::string start_after;  ///< Not empty: only keys behind this one.
  KeyOrder order = KeyOrder::kBytes;
  int workers = 32;                          ///< Pages that can be fetched at once.
  std::size_t lookahead_bytes = 64 << 20;    ///< Finished pages that wait for earlier ones.
  std::uint64_t pages_in_work = UINT64_MAX;  ///< Scanned pages that are worked on at once.
};

/// Decides which page is fetched next and which finished page leaves next. It has no threads, no clock and no lock of
/// its own: the lister calls it under one mutex, and a test can play any interleaving. Not thread-safe.
///
/// The keys of the prefix are tiled by ranges, each listed page after page. Take() hands a range to a worker;
/// HandBack() returns it as soon as its page is scanned, so that its next page can be fetched while this one is worked
/// on. When no range is free, Take() cuts one in two at a key that is probably so many pages ahead (see Forecast), and
/// opens the right part with start-after: a wrong guess costs a call, never a key.
///
/// - Order: finished pages wait until everything left of them is out.
/// - Memory: what waits may hold `lookahead_bytes`; the farther a page is from the front, the less of that it may use.
///   The page that everything waits for is always under way, so the board cannot come to rest before the end.
/// - Proof: where two ranges meet, the last page of the left one shows the first key of the right one. When the two do
///   not name the same key, HandBack() returns a Doubt. Without doubts the ranges are one listing in the server's own
///   order, whatever that is, and PageChecker has seen that it is the order of the bytes.
///
/// With KeyOrder::kServer there is one range and no cut.
class RangeBoard {
 public:
  /// A page to fetch, see PageSource::Fetch().
  struct Turn : PageRequest {
    RangeList::iterator range;
  };

  /// A page's place in the order.
  struct Place {
    RangeList::iterator range;
    std::uint64_t number = 0;
  };

  /// `key` was listed by one request and passed over by another. Either it has come or gone in between, or the server
  /// does not list in byte order: then the two go on to contradict each other.
  struct Doubt {
    PageRequest listed_by;
    PageRequest passed_over_by;
    std::string key;
  };

  struct Scanned {
    Place place;
    std::size_t keys = 0;       ///< How many of the page's keys are the range's own; the others come from other pages.
    std::vector<Doubt> doubts;  ///< At most two: where the range meets its neighbours.
  };

  explicit RangeBoard(RangeBoardOptions options);

  /// The next page to fetch, or nothing: all is with workers or listed, there is no room, or no cut is worth a call.
  std::optional<Turn> Take();

  /// Whether Take() may cut ranges; not while the server asks to slow down.
  void AllowCuts(bool allow) { cuts_allowed_ = allow; }

  /// From now on Take() hands out nothing but what lies left of a page that is there already or under way: once those
  /// gaps are filled, nothing that was listed waits any more.
  void Drain() { draining_ = true; }
  bool draining() const { return draining_; }

  /// Returns the range of `turn` with its page, which is checked (PageChecker) and in ascending order.
  Scanned HandBack(const Turn& turn, const s3::ListPage& page);

  /// The page at `place` is finished.
  void Fill(const Place& place, Parcel parcel);

  /// The leftmost parcel if it is finished, else nothing; called again only after Released().
  std::optional<Parcel> TakeReady();

  /// The parcel of the last TakeReady() is out.
  void Released();

  /// Everything is listed, finished and released.
  bool Done() const { return front_ == ranges_.end() && !releasing_; }

  std::size_t waiting_bytes() const { return waiting_bytes_; }
  /// Ranges made so far.
  std::uint64_t ranges() const { return cuts_ + 1; }

 private:
  /// A range that may be cut.
  struct Candidate {
    RangeList::iterator range;
    double ahead = 0;  // pages behind the one in flight
  };
  struct Cut {
    std::size_t candidate = 0;
    double pages = 0;  // to leave in the left part
  };

  Turn Hand(RangeList::iterator range);
  std::optional<Turn> TakeGap();
  bool HasRoom(std::size_t bytes_before) const;
  double BytesExpected() const;
  bool HoldsAllUp(RangeList::iterator range) const;
  std::size_t BytesWith(const KeyRange& range) const;

  std::optional<Turn> TakeCut();
  bool MayExplore() const;
  void FindCandidates();
  std::optional<Cut> ChooseCut() const;
  std::optional<Cut> CutOfSmallJob() const;
  std::optional<Cut> PickCandidate(double share, bool fits) const;
  double LengthOf(const Cut& cut) const;
  std::optional<Turn> CutAt(const Cut& cut);
  double PagesAhead(RangeList::iterator range);

  void Learn(RangeList::iterator range, const s3::ListPage& page, std::size_t own);
  void Remember(KeyRange& range, const s3::ListPage& page, std::size_t own);
  void CountOpening(std::size_t own);
  double PagesBetweenGuesses();
  double PagesBetween(RangeList::iterator left, RangeList::iterator right);
  std::optional<Doubt> CheckMeeting(RangeList::iterator left);
  std::vector<Doubt> CheckNeighbours(RangeList::iterator range);
  void LeaveFinishedRanges();
  void Forget();

  const RangeBoardOptions options_;
  RangeList ranges_;           // in key order; those before front_ are out and kept for what they tell
  RangeList::iterator front_;  // the leftmost range that is not out
  KeyFamilies families_;
  bool releasing_ = false;
  bool cuts_allowed_ = true;
  bool draining_ = false;
  std::size_t waiting_bytes_ = 0;
  double page_bytes_;             // of the largest finished pages of late
  std::size_t fullest_page_ = 1;  // most keys seen on one page
  std::uint64_t in_flight_ = 0;   // ranges with workers
  std::uint64_t in_work_ = 0;     // pages scanned and not finished
  double listed_pages_ = 0;       // full pages' worth of keys
  std::uint64_t cuts_ = 0;        //
  std::uint64_t unopened_ = 0;    // ranges in flight of which no page has come back
  double hit_rate_;               // of openings that found keys, the latest counting most
  bool small_ = true;             // may still be a small job, whose calls count
  std::vector<Candidate> candidates_;
};

}  // namespace signpost::listing
