#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace signpost::bench {

struct SimulationOptions {
  int workers = 64;
  std::size_t lookahead_bytes = 64 << 20;
  std::size_t page_size = 1000;
  std::size_t row_bytes = 66;  ///< Of a finished row: as NDJSON with gzip comes to.
  double page_seconds =
      0.1;  ///< Of a full page, on average; an empty one takes 0.4 of that. Each varies by 0.7 to 1.5.
  std::uint64_t seed = 1;
};

struct SimulatedListing {
  double seconds = 0;         ///< Virtual.
  double serial_seconds = 0;  ///< What one pager takes on average.
  std::uint64_t calls = 0;
  std::uint64_t least_calls = 0;
  std::uint64_t ranges = 0;
  std::size_t most_waiting_bytes = 0;
  double idle = 0;      ///< Share of the workers' time.
  std::string mistake;  ///< Empty: every key left once, in order, and nothing broke a rule.
};

/// Plays the real RangeBoard against `keys` (ascending, all under "data/") in virtual time.
SimulatedListing Simulate(const std::vector<std::string>& keys, const SimulationOptions& options);

}  // namespace signpost::bench
