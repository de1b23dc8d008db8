#pragma once

#include <optional>
#include <string>
#include <vector>

#include "listing/key_families.h"
#include "listing/key_range.h"

namespace signpost::listing {

/// What lies ahead of a range, read off what lies behind it: how far back the last n pages reach is taken for how far
/// ahead the next n will. The way back leads through the range's own pages and then its left neighbours'.
///
/// Where the last page, or a good part at its end (KeyRun), lies in one name token (`run-0317/stage/f-00…`: the digits
/// of the counter), and that token ends the name or has already lasted longer than any before it on the way back, the
/// token's own density is the better guide: a folder entered just now may go on for as long as its names can. A range
/// that was cut off inside a token, and has not listed a page yet, is foretold from its left neighbour's last page.
///
/// Short-lived: made for one decision, while nothing is learnt.
class Forecast {
 public:
  Forecast(const RangeList& ranges, RangeList::iterator range, KeyFamilies& families);

  /// The pages that are left between the range's position and its end, those in flight included. 0 or more; 1e15 where
  /// nothing is known.
  double PagesAhead() const;

  /// A key about `pages` pages ahead, inside the range and fit to be sent as start-after; or nothing.
  std::optional<std::string> KeyAhead(double pages) const;

 private:
  /// The last `pages` pages span `distance`.
  struct Point {
    double pages = 0;
    double distance = 0;
  };
  /// The name token that the last page's run lies in.
  struct Token {
    std::size_t start = 0;  // its first byte
    double pages = 0;       // the run ...
    double distance = 0;    // ... spans this in `space`
    double pages_left = 0;  // up to the end of the token, or of the range inside it
    bool holds_end = false;
    KeySpace* space = nullptr;
  };

  void LookBack();
  bool Step(const KeyRange& range, std::size_t oldest, std::size_t newest);
  void LookAtToken();
  bool OutlastsAllBefore(const Token& token) const;
  double PagesWithin(double distance) const;
  double DistanceOf(double pages) const;

  const RangeList& ranges_;
  KeyRange& range_;
  RangeList::const_iterator place_;
  RangeList::iterator guide_;  // from there to the left the nearest range that has listed a page
  KeySpace& space_;
  const std::size_t depth_;  // bytes that the range's position and end share
  const std::string_view shared_;
  const double distance_ahead_;
  std::vector<Point> trail_;  // farther and farther back
  double skipped_ = 0;        // empty distance behind the last point
  std::optional<Token> token_;
};

}  // namespace signpost::listing
