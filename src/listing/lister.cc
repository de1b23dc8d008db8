#include "listing/lister.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace signpost::listing {
namespace {

/// The board, the workers around it, and the first thing that went wrong.
class Lister {
 public:
  Lister(PageSource& source, const ListerOptions& options, const CallContext& context, const PageWork& work)
      : source_(source),
        options_(options),
        outer_(context),
        work_(work),
        board_(options.lookahead_bytes, options.pages_in_work),
        resting_(options.workers),
        checker_(options.prefix, options.order) {}

  Result<ListingTotals> Run() {
    const std::stop_callback outer_stop(outer_.stop, [this] { Stop(); });
    {
      std::vector<std::jthread> workers;
      workers.reserve(options_.workers);
      for (int i = 0; i < options_.workers; ++i) workers.emplace_back([this, i] { Work(i); });
    }
    if (failure_) return std::unexpected(std::move(*failure_));
    if (!board_.Done()) return Fail(ErrorCode::kCancelled, "cancelled");
    return totals_;
  }

 private:
  struct Resting {
    std::condition_variable wake;
    bool* woken = nullptr;
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

  void Work(int worker) {
    while (const auto turn = WaitForTurn(worker)) {
      s3::ListPage page = TakePage();
      Status done = HandlePage(*turn, &page);
      if (!done) return FailWith(std::move(done.error()));
      GiveBack(std::move(page));
    }
  }

  /// Blocks until there is a page to fetch; nothing when all is done or stopped.
  std::optional<RangeBoard::Turn> WaitForTurn(int worker) {
    std::unique_lock lock(mutex_);
    while (!stop_.stop_requested() && !board_.Done()) {
      if (auto turn = board_.Take()) {
        ++totals_.list_calls;
        return turn;
      }
      bool woken = false;
      resting_[worker].woken = &woken;
      rest_order_.push_back(worker);
      resting_[worker].wake.wait(lock, [&woken] { return woken; });
    }
    return std::nullopt;
  }

  /// Wakes the worker that went to rest last: its buffers are warm, and workers that are never needed take no memory.
  void WakeOne() {
    if (rest_order_.empty()) return;
    Resting& worker = resting_[rest_order_.back()];
    rest_order_.pop_back();
    *worker.woken = true;
    worker.wake.notify_one();
  }

  void WakeAll() {
    while (!rest_order_.empty()) WakeOne();
  }

  /// Pages are shared by all workers, so that there are as many as are in use at once, not one for each thread.
  s3::ListPage TakePage() {
    const std::lock_guard lock(mutex_);
    if (spare_pages_.empty()) return {};
    s3::ListPage page = std::move(spare_pages_.back());
    spare_pages_.pop_back();
    return page;
  }

  void GiveBack(s3::ListPage page) {
    const std::lock_guard lock(mutex_);
    spare_pages_.push_back(std::move(page));
  }

  Status HandlePage(const RangeBoard::Turn& turn, s3::ListPage* page) {
    const CallContext context{.stop = stop_.get_token(), .deadline = outer_.deadline};
    Status fetched = source_.Fetch(context, "", turn.continuation_token, page);
    if (!fetched) return fetched;
    // The checker belongs to whoever has the range.
    Status checked = checker_.Check(*page);
    if (!checked) return checked;
    std::uint64_t place = 0;
    {
      const std::lock_guard lock(mutex_);
      place = board_.HandBack(page->is_truncated ? page->next_continuation_token : "");
      WakeOne();
    }
    Result<Parcel> parcel = work_(*page);
    if (!parcel) return Forward(parcel);
    return Deliver(place, std::move(*parcel));
  }

  /// Puts a finished parcel on the board, then releases whatever is ready, unless another worker is at it.
  Status Deliver(std::uint64_t place, Parcel parcel) {
    std::unique_lock lock(mutex_);
    board_.Fill(place, std::move(parcel));
    WakeOne();
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
        WakeOne();
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
  RangeBoard board_;                       // guarded by mutex_
  std::vector<Resting> resting_;           // guarded by mutex_; one for each worker
  std::vector<s3::ListPage> spare_pages_;  // guarded by mutex_
  std::vector<int> rest_order_;            // guarded by mutex_; who is at rest, the latest at the back
  std::optional<Error> failure_;           // guarded by mutex_
  ListingTotals totals_;                   // guarded by mutex_
  PageChecker checker_;                    // used only by the worker that has the range
};

}  // namespace

Result<ListingTotals> ListInOrder(PageSource& source, const ListerOptions& options, const CallContext& context,
                                  const PageWork& work) {
  return Lister(source, options, context, work).Run();
}

}  // namespace signpost::listing
