#include "simulated_listing.h"

#include <algorithm>
#include <queue>
#include <random>

#include "listing/range_board.h"

namespace signpost::bench {
namespace {

/// A page under way.
struct Answer {
  double time = 0;
  std::uint64_t number = 0;
  listing::RangeBoard::Turn turn;
  std::size_t first_key = 0;
  std::size_t keys = 0;
};

struct Later {
  bool operator()(const Answer& a, const Answer& b) const {
    return a.time != b.time ? a.time > b.time : a.number > b.number;
  }
};

class Simulation {
 public:
  Simulation(const std::vector<std::string>& keys, const SimulationOptions& options)
      : keys_(keys),
        options_(options),
        board_({.prefix = "data/", .workers = options.workers, .lookahead_bytes = options.lookahead_bytes}),
        random_(options.seed),
        free_(options.workers) {}

  SimulatedListing Run() {
    StartAll();
    while (!answers_.empty()) {
      const Answer answer = answers_.top();
      answers_.pop();
      idle_ += free_ * (answer.time - now_);
      now_ = answer.time;
      ++free_;
      Take(answer);
      ReleaseAll();
      StartAll();
    }
    return Report();
  }

 private:
  void StartAll() {
    while (free_ > 0) {
      auto turn = board_.Take();
      if (!turn) return;
      --free_;
      const bool opens = turn->continuation_token.empty();
      if (opens) CheckPivot(turn->start_after);
      const std::size_t first =
          opens ? static_cast<std::size_t>(std::ranges::upper_bound(keys_, turn->start_after) - keys_.begin())
                : std::stoul(turn->continuation_token);
      const std::size_t count = std::min(options_.page_size, keys_.size() - first);
      answers_.push(
          {.time = now_ + Latency(count), .number = result_.calls++, .turn = *turn, .first_key = first, .keys = count});
    }
  }

  double Latency(std::size_t keys) {
    const double full = static_cast<double>(keys) / static_cast<double>(options_.page_size);
    const double spread = 0.7 + 0.8 * static_cast<double>(random_() >> 11) * 0x1p-53;
    return options_.page_seconds * spread * (0.4 + 0.6 * full);
  }

  void CheckPivot(const std::string& pivot) {
    const bool plain = std::ranges::all_of(pivot, [](char c) { return c >= ' ' && c <= '~' && c != '%'; });
    if (!plain || pivot.size() > 1024 || (!pivot.empty() && !pivot.starts_with("data/")))
      Mistake("an unfit start-after");
  }

  void Take(const Answer& answer) {
    s3::ListPage page;
    for (std::size_t i = 0; i < answer.keys; ++i) page.objects.push_back({.key = keys_[answer.first_key + i]});
    page.is_truncated = answer.first_key + answer.keys < keys_.size();
    if (page.is_truncated) page.next_continuation_token = std::to_string(answer.first_key + answer.keys);
    const auto scanned = board_.HandBack(answer.turn, page);
    if (!scanned.doubts.empty()) Mistake("a doubt about an honest server");
    const std::size_t first = answer.first_key;
    const std::size_t own = scanned.keys;
    board_.Fill(scanned.place, {.bytes = own * options_.row_bytes, .release = [this, first, own]() -> Status {
                                  if (own > 0 && first != released_) Mistake("keys out of order, twice or never");
                                  released_ += own;
                                  return {};
                                }});
    result_.most_waiting_bytes = std::max(result_.most_waiting_bytes, board_.waiting_bytes());
  }

  void ReleaseAll() {
    while (auto parcel = board_.TakeReady()) {
      if (!parcel->release()) Mistake("a release failed");
      board_.Released();
    }
  }

  SimulatedListing Report() {
    if (!board_.Done()) Mistake("the board came to rest");
    if (released_ != keys_.size()) Mistake("not all keys");
    const std::size_t page_bytes = options_.page_size * options_.row_bytes;
    if (result_.most_waiting_bytes > options_.lookahead_bytes + options_.workers * page_bytes) {
      Mistake("more waiting than allowed");
    }
    result_.least_calls = std::max<std::size_t>(1, (keys_.size() + options_.page_size - 1) / options_.page_size);
    result_.serial_seconds = static_cast<double>(result_.least_calls) * options_.page_seconds * 1.1;
    result_.seconds = now_;
    result_.ranges = board_.ranges();
    result_.idle = idle_ / now_ / options_.workers;
    return result_;
  }

  void Mistake(const char* what) {
    if (result_.mistake.empty()) result_.mistake = what;
  }

  const std::vector<std::string>& keys_;
  const SimulationOptions& options_;
  listing::RangeBoard board_;
  std::mt19937_64 random_;
  std::priority_queue<Answer, std::vector<Answer>, Later> answers_;
  int free_;
  double now_ = 0;
  double idle_ = 0;
  std::size_t released_ = 0;
  SimulatedListing result_;
};

}  // namespace

SimulatedListing Simulate(const std::vector<std::string>& keys, const SimulationOptions& options) {
  return Simulation(keys, options).Run();
}

}  // namespace signpost::bench
