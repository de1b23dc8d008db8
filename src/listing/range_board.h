#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "signpost/error.h"

namespace signpost::listing {

/// What a worker made of a page. It waits on the board until everything left of it has been released.
struct Parcel {
  std::size_t bytes = 0;                      ///< What it holds of the look-ahead budget.
  std::move_only_function<Status()> release;  ///< Puts it out; called once, in key order.
};

/// Decides which page is fetched next and which finished page leaves next. It has no threads, no clock and no lock of
/// its own: the lister calls it under one mutex, and a test can play any interleaving. Not thread-safe.
///
/// The key space is one range, listed page after page: Take() hands the range to a worker, HandBack() returns it as
/// soon as the next continuation token is known, so that the next page is fetched while this one is worked on.
class RangeBoard {
 public:
  /// A page to fetch: the first one (no token) or the one that `continuation_token` names.
  struct Turn {
    std::string continuation_token;
  };

  /// Finished pages that wait may hold `lookahead_bytes`; above that no new page is begun while any is being worked on.
  /// At most `pages_in_work` scanned pages are worked on at once: more than there are processors only take memory.
  explicit RangeBoard(std::size_t lookahead_bytes, std::uint64_t pages_in_work = UINT64_MAX)
      : lookahead_bytes_(lookahead_bytes), pages_in_work_(pages_in_work) {}

  /// The next page to fetch, or nothing: the range is out with a worker, all is listed, or there is no room. The page
  /// whose parcel everything waits for is always under way, so the board cannot come to rest before the end.
  std::optional<Turn> Take();

  /// Returns the range after its page has been scanned. An empty `next_continuation_token` ends it. Returns the page's
  /// place in the order, for Fill().
  std::uint64_t HandBack(std::string next_continuation_token);

  /// The page at `place` is finished.
  void Fill(std::uint64_t place, Parcel parcel);

  /// The leftmost parcel if it is finished, else nothing; called again only after Released().
  std::optional<Parcel> TakeReady();

  /// The parcel of the last TakeReady() is out.
  void Released();

  /// Everything is listed, finished and released.
  bool Done() const { return ended_ && released_ == handed_back_; }

  std::size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  const std::size_t lookahead_bytes_;
  const std::uint64_t pages_in_work_;
  std::string next_token_;
  bool with_worker_ = false;  // the range is out
  bool ended_ = false;        // the last page has been handed back
  bool releasing_ = false;
  std::uint64_t handed_back_ = 0;  // pages scanned so far: the place of the next one
  std::uint64_t filled_ = 0;       // pages finished so far
  std::uint64_t released_ = 0;     // pages out so far: the place of the leftmost one that is not
  std::size_t waiting_bytes_ = 0;
  std::map<std::uint64_t, Parcel> waiting_;
};

}  // namespace signpost::listing
