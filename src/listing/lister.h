#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/call_context.h"
#include "listing/page_checker.h"
#include "listing/page_source.h"
#include "listing/range_board.h"

namespace signpost::listing {

struct ListerOptions {
  std::string prefix;
  std::string start_after;  ///< Not empty: only keys behind this one; not with KeyOrder::kServer.
  KeyOrder order = KeyOrder::kBytes;
  int workers = 32;                        ///< Threads; each has at most one request in flight.
  std::size_t lookahead_bytes = 64 << 20;  ///< See RangeBoard.
  std::int32_t pages_in_work = 8;          ///< Scanned pages that are worked on at once.
  /// Asked after each page, under the lister's lock; empty: never. Once true, only what is missing between pages that
  /// are there already is listed, and the listing ends before its end. Without KeyOrder::kServer.
  std::function<bool()> stop_early;
};

/// Called with a checked page, on several threads at once; the returned parcel is released in key order. The page is
/// gone after the call.
using PageWork = std::function<Result<Parcel>(const s3::ListPage& page)>;

/// What a listing took.
struct ListingTotals {
  std::uint64_t list_calls = 0;  ///< Pages fetched; retries inside a fetch are not counted.
  bool complete = true;          ///< False when it was stopped early; what was released is then all up to some key.
};

/// Lists everything under the prefix: `options.workers` threads fetch pages, of several stretches of the keys at once,
/// and run `work` on them; parcels are released one at a time, in key order, on whichever worker finished the one that
/// was missing. Returns after all threads have ended, with the first error if there was one (then nothing is released
/// any more).
Result<ListingTotals> ListInOrder(PageSource& source, const ListerOptions& options, const CallContext& context,
                                  const PageWork& work);

}  // namespace signpost::listing
