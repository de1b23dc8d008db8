#pragma once

#include <cstddef>
#include <functional>

#include "signpost/error.h"

namespace signpost::listing {

/// What a worker made of a page. It waits on the board until everything left of it has been released.
struct Parcel {
  std::size_t bytes = 0;                      ///< What it holds of the look-ahead budget.
  std::move_only_function<Status()> release;  ///< Puts it out; called once, in key order.
};

}  // namespace signpost::listing
