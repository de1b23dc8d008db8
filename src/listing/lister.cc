#include "listing/lister.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace signpost::listing {
namespace {

/// Two requests may contradict each other because an object came or went between them. It would have to do so this
/// often, just in time, to look like a server that does not list in byte order.
constexpr int kTimesAsked = 4;

bool Lists(const s3::ListPage& page, std::string_view key) {
  return std::ranges::find(page.objects, key, &s3::ListedObject::key) != page.objects.end();
}

/// Whether the page goes past `key` without it.
bool PassesOver(const s3::ListPage& page, std::string_view key) {
  if (Lists(page, key)) return false;
  return !page.is_truncated || std::ranges::any_of(page.objects, [key](const auto& each) { return each.key > key; });
}

/// The board, the workers around it, and the first thing that went wrong.
class Lister {
 public:
  Lister(PageSource& source, const ListerOptions& options, const CallContext& context, const PageWork& work)
      : source_(source),
        options_(options),
        outer_(context),
        work_(work),
        board_({.prefix = options.prefix,
                .start_after = options.start_after,
                .order = options.order,
                .workers = options.workers,
                .lookahead_bytes = options.lookahead_bytes,
                .pages_in_work = static_cast<std::uint64_t>(options.pages_in_work)}),
        resting_(options.workers),
        work_places_(options.pages_in_work) {}

  Result<ListingTotals> Run() {
    const std::stop_callback outer_stop(outer_.stop, [this] { Stop(); });
    {
      std::vector<std::jthread> workers;
      workers.reserve(options_.workers);
      for (int i = 0; i < options_.workers; ++i) workers.emplace_back([this, i] { Work(i); });
    }
    if (thrown_) std::rethrow_exception(thrown_);
    if (failure_) return std::unexpected(std::move(*failure_));
    totals_.complete = board_.Done();
    if (!totals_.complete && !drained_) return Fail(ErrorCode::kCancelled, "cancelled");
    return totals_;
  }

 private:
  class WorkPlace {
   public:
    explicit WorkPlace(std::counting_semaphore<>& places) : places_(places) { places_.acquire(); }
    ~WorkPlace() { places_.release(); }
    WorkPlace(const WorkPlace&) = delete;
    WorkPlace& operator=(const WorkPlace&) = delete;

   private:
    std::counting_semaphore<>& places_;
  };

  struct Resting {
    std::condition_variable wake;
    bool woken = false;
    std::optional<RangeBoard::Turn> turn;  // nothing: all is done or stopped
  };

  void Stop() {
    {
      // Under the lock, so that no worker misses it between looking and waiting.
      const std::lock_guard lock(mutex_);
      stop_.request_stop();
      WakeAll();
    }
  }

  void FailWith(Error error) {
    {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::move(error);
    }
    Stop();
  }

  /// What is thrown (memory that ran out) is thrown again by Run(), once all workers have ended.
  void Work(int worker) try {
    while (const auto turn = WaitForTurn(worker)) {
      Status done = HandlePage(*turn);
      if (!done) return FailWith(std::move(done.error()));
    }
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      if (!thrown_) thrown_ = std::current_exception();
    }
    Stop();
  }

  /// Blocks until there is a page to fetch; nothing when all is done or stopped.
  std::optional<RangeBoard::Turn> WaitForTurn(int worker) {
    std::unique_lock lock(mutex_);
    if (stop_.stop_requested() || board_.Done()) return std::nullopt;
    if (auto turn = TakeTurn()) return turn;
    if (board_.draining() && rest_order_.size() + 1 == resting_.size()) {
      // Nobody is at work any more: what could be listed and released has been.
      drained_ = true;
      WakeAll();
      return std::nullopt;
    }
    Resting& self = resting_[worker];
    self.woken = false;
    rest_order_.push_back(worker);
    self.wake.wait(lock, [&self] { return self.woken; });
    return std::exchange(self.turn, std::nullopt);
  }

  /// Under the lock.
  std::optional<RangeBoard::Turn> TakeTurn() {
    if (fetching_ >= source_.Capacity()) return std::nullopt;
    board_.AllowCuts(!source_.IsSlowedDown());
    auto turn = board_.Take();
    if (!turn) return std::nullopt;
    ++totals_.list_calls;
    ++fetching_;
    return turn;
  }

  void Wake(std::optional<RangeBoard::Turn> turn) {
    Resting& worker = resting_[rest_order_.back()];
    rest_order_.pop_back();
    worker.turn = std::move(turn);
    worker.woken = true;
    worker.wake.notify_one();
  }

  /// Gives what there is to fetch to workers at rest. The one that went to rest last comes first: its connection is
  /// warm, and workers that are never needed take no memory.
  void Dispatch() {
    while (!rest_order_.empty()) {
      auto turn = TakeTurn();
      if (!turn) return;
      Wake(std::move(turn));
    }
  }

  void WakeAll() {
    while (!rest_order_.empty()) Wake(std::nullopt);
  }

  /// The page lives from its first byte to the end of the work on it, not while an answer is waited for: with many
  /// workers that is most of the time.
  Status HandlePage(const RangeBoard::Turn& turn) {
    s3::ListPage page;
    const CallContext context{.stop = stop_.get_token(), .deadline = outer_.deadline};
    Status fetched = source_.Fetch(context, turn.start_after, turn.continuation_token, &page);
    if (!fetched) return fetched;
    Status checked = turn.range->checker.Check(page);
    if (!checked) return checked;
    RangeBoard::Scanned scanned;
    {
      const std::lock_guard lock(mutex_);
      --fetching_;
      scanned = board_.HandBack(turn, page);
      if (options_.stop_early && options_.stop_early()) board_.Drain();
      Dispatch();
    }
    for (const RangeBoard::Doubt& doubt : scanned.doubts) {
      Status resolved = Resolve(doubt, context);
      if (!resolved) return resolved;
    }
    page.objects.resize(scanned.keys);
    auto parcel = DoWork(page);
    if (!parcel) return Forward(parcel);
    return Deliver(scanned.place, std::move(*parcel));
  }

  /// Asks both requests again: if they go on to contradict each other, the server has another order.
  Status Resolve(const RangeBoard::Doubt& doubt, const CallContext& context) {
    s3::ListPage again;
    for (int i = 0; i < kTimesAsked; ++i) {
      Status fetched = FetchAgain(doubt.passed_over_by, context, &again);
      if (!fetched) return fetched;
      if (!PassesOver(again, doubt.key)) break;
      fetched = FetchAgain(doubt.listed_by, context, &again);
      if (!fetched) return fetched;
      if (!Lists(again, doubt.key)) break;
      if (i + 1 < kTimesAsked) continue;
      return Fail(ErrorCode::kDataLoss,
                  fmt::format("the server lists '{}' for one request and passes it over for another: it does not list "
                              "in byte order; use --listing serial to take its own order",
                              Printable(doubt.key)));
    }
    return {};
  }

  Status FetchAgain(const PageRequest& request, const CallContext& context, s3::ListPage* page) {
    {
      const std::lock_guard lock(mutex_);
      ++totals_.list_calls;
    }
    return source_.Fetch(context, request.start_after, request.continuation_token, page);
  }

  /// No more pages are worked on at once than processors have use for; the others wait with their pages.
  Result<Parcel> DoWork(const s3::ListPage& page) {
    const WorkPlace place(work_places_);
    return work_(page);
  }

  /// Puts a finished parcel on the board, then releases whatever is ready, unless another worker is at it.
  Status Deliver(const RangeBoard::Place& place, Parcel parcel) {
    std::unique_lock lock(mutex_);
    board_.Fill(place, std::move(parcel));
    Dispatch();
    while (!stop_.stop_requested()) {
      auto ready = board_.TakeReady();
      if (!ready) break;
      lock.unlock();
      Status released = ready->release();
      ready.reset();
      if (!released) return released;
      lock.lock();
      board_.Released();
      if (board_.Done()) {
        WakeAll();
      } else {
        Dispatch();
      }
    }
    return {};
  }

  PageSource& source_;
  const ListerOptions& options_;
  const CallContext& outer_;
  const PageWork& work_;
  std::stop_source stop_;
  std::mutex mutex_;
  RangeBoard board_;              // guarded by mutex_; a range's checker belongs to the worker that has it
  std::vector<Resting> resting_;  // guarded by mutex_; one for each worker
  std::vector<int> rest_order_;   // guarded by mutex_; who is at rest, the latest at the back
  std::optional<Error> failure_;  // guarded by mutex_
  std::exception_ptr thrown_;     // guarded by mutex_
  ListingTotals totals_;          // guarded by mutex_
  int fetching_ = 0;              // guarded by mutex_; turns given and not handed back
  bool drained_ = false;          // guarded by mutex_; stopped early, and everything has come to rest
  std::counting_semaphore<> work_places_;
};

}  // namespace

Result<ListingTotals> ListInOrder(PageSource& source, const ListerOptions& options, const CallContext& context,
                                  const PageWork& work) {
  return Lister(source, options, context, work).Run();
}

}  // namespace signpost::listing
