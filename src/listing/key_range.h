#pragma once

#include <deque>
#include <list>
#include <optional>
#include <string>

#include "listing/key_space.h"
#include "listing/page_checker.h"
#include "listing/parcel.h"

namespace signpost::listing {

/// One page of a range: which keys it told about, and how many of them exist.
struct ListedPage {
  std::string from;   ///< Exclusive ...
  std::string to;     ///< ... to inclusive: all that exists in between is known.
  std::string first;  ///< Its first and last key within the range; never empty.
  std::string last;
  double pages = 0;  ///< How full it was: 1 for as many keys as the server puts on a page.
};

/// The keys up to the last one of a page which share the name that it is in: all of a long folder's page, or how a
/// folder begins at the end of one.
struct KeyRun {
  std::string first;
  double pages = 0;  ///< As in ListedPage.
  KeySpace space;    ///< Their alphabets alone.
};

/// What a page was asked for with, see PageSource::Fetch().
struct PageRequest {
  std::string start_after;
  std::string continuation_token;
};

/// The keys behind `lo` up to and including `hi`, listed page after page from the left. Ranges tile the keys of the
/// prefix; a key equal to a boundary belongs to the left one.
struct KeyRange {
  KeyRange(std::string lo_bound, std::optional<std::string> hi_bound, PageChecker page_checker)
      : lo(std::move(lo_bound)), hi(std::move(hi_bound)), position(lo), checker(std::move(page_checker)) {}

  Bound end() const { return hi ? Bound(*hi) : std::nullopt; }
  /// Nothing lies in it, and something may lie behind it.
  bool IsEmpty() const { return done && history.empty() && hi.has_value(); }

  std::string lo;
  std::optional<std::string> hi;  // nothing: the end of the prefix; comes nearer when the range is cut
  std::string position;           // listed up to here
  PageRequest next_request;       // what to go on with
  bool with_worker = false;
  bool opened = false;  // a page has come back
  bool done = false;    // no more pages

  PageChecker checker;  // used by the worker that has the range

  // What is known about its surroundings.
  std::deque<ListedPage> history;  // the latest pages, oldest first
  std::string known_key;           // a real key nearby, for its family
  std::optional<KeyRun> last_run;  // of the last page

  // What is expected of it.
  double ahead = 0;               // pages, see Forecast; to be foretold anew ...
  bool ahead_is_stale = true;     // ... once the range has changed
  std::optional<double> granted;  // until opened: no more than was foretold when it was cut
  double reach = 0;               // pages from the nearest listed key to `lo`, as foretold when it was cut
  bool cut_unopened = false;      // was cut before a page came back: not again until one does

  // How it meets its neighbours, see RangeBoard::Doubt.
  std::optional<std::string> first_seen;  // the first key that it listed, whosever it is
  std::optional<std::string> key_beyond;  // the first key past `hi` that its last page listed
  bool met_right = false;                 // has been compared with the right neighbour's first_seen
  PageRequest first_request;              // listed first_seen; while there is none, the latest request
  PageRequest last_request;               // listed key_beyond

  // Its pages in the making: place 0 is the first one not released.
  std::deque<std::optional<Parcel>> parcels;
  std::uint64_t released = 0;
  std::size_t waiting_bytes = 0;
};

using RangeList = std::list<KeyRange>;

}  // namespace signpost::listing
