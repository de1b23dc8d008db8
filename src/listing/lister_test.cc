#include "listing/lister.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace signpost::listing {
namespace {

std::vector<std::string> NumberedKeys(int count) {
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) keys.push_back(fmt::format("k/{:06}", i));
  return keys;
}

/// Serves keys from memory; the token is the number of the next key.
class MemorySource final : public PageSource {
 public:
  MemorySource(std::vector<std::string> keys, std::size_t page_size) : keys_(std::move(keys)), page_size_(page_size) {}

  Status Fetch(const CallContext& context, const std::string& start_after, const std::string& token,
               s3::ListPage* page) override {
    if (const int call = calls++; call == fail_at) return Fail(ErrorCode::kDenied, "page refused");
    if (block_at == calls - 1) {
      WaitForStop(context.stop);
      return Fail(ErrorCode::kCancelled, "cancelled");
    }
    const auto after = std::ranges::upper_bound(keys_, start_after) - keys_.begin();
    const std::size_t from = token.empty() ? static_cast<std::size_t>(after) : std::stoul(token);
    const std::size_t to = std::min(from + page_size_, keys_.size());
    page->objects.clear();
    for (std::size_t i = from; i < to; ++i) page->objects.push_back({.key = keys_[i]});
    page->is_truncated = to < keys_.size();
    page->next_continuation_token = page->is_truncated ? std::to_string(to) : "";
    return {};
  }

  std::atomic<int> calls{0};
  int fail_at = -1;
  int block_at = -1;
  std::atomic<bool> blocked{false};

 private:
  void WaitForStop(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    blocked = true;
    blocked.notify_all();
    wake.wait(lock, stop, [] { return false; });
  }

  const std::vector<std::string> keys_;
  const std::size_t page_size_;
};

struct Listed {
  Result<ListingTotals> totals;
  std::vector<std::string> keys;
};

/// Lists everything; the keys of each page are taken down when its parcel is released.
Listed ListAll(MemorySource& source, int workers, const CallContext& context = {}, int fail_release_at = -1) {
  std::vector<std::string> keys;
  int releases = 0;
  auto totals = ListInOrder(source, {.prefix = "k/", .workers = workers, .lookahead_bytes = 64, .pages_in_work = 3},
                            context, [&](const s3::ListPage& page) -> Result<Parcel> {
                              std::vector<std::string> mine;
                              for (const auto& object : page.objects) mine.emplace_back(object.key);
                              // Lets other threads in between, so that pages finish in other orders.
                              if (mine.size() % 2 == 1) std::this_thread::yield();
                              return Parcel{.bytes = 16, .release = [&, mine = std::move(mine)]() -> Status {
                                              if (releases++ == fail_release_at) {
                                                return Fail(ErrorCode::kInternal, "the sink is full");
                                              }
                                              keys.insert(keys.end(), mine.begin(), mine.end());
                                              return {};
                                            }};
                            });
  return {std::move(totals), std::move(keys)};
}

struct Shape {
  int keys;
  std::size_t page_size;
};

class ListerShapes : public ::testing::TestWithParam<std::tuple<int, Shape>> {};

TEST_P(ListerShapes, EveryKeyLeavesOnceAndInOrder) {
  const auto [workers, shape] = GetParam();
  const auto keys = NumberedKeys(shape.keys);
  MemorySource source(keys, shape.page_size);
  const Listed listed = ListAll(source, workers);
  ASSERT_TRUE(listed.totals) << listed.totals.error().message;
  EXPECT_EQ(listed.keys, keys);
  EXPECT_EQ(listed.totals->list_calls, static_cast<std::uint64_t>(source.calls));
}

INSTANTIATE_TEST_SUITE_P(WorkersAndShapes, ListerShapes,
                         ::testing::Combine(::testing::Values(1, 2, 7, 32, 64),
                                            ::testing::Values(Shape{0, 1000}, Shape{1, 1000}, Shape{999, 1000},
                                                              Shape{1000, 1000}, Shape{1001, 1000}, Shape{100, 1},
                                                              Shape{5000, 7})));

TEST(Lister, ReturnsTheErrorOfAnyPageAndReleasesNothingAfterIt) {
  for (int page = 0; page < 10; ++page) {
    MemorySource source(NumberedKeys(100), 10);
    source.fail_at = page;
    const Listed listed = ListAll(source, 7);
    ASSERT_FALSE(listed.totals) << "page " << page;
    EXPECT_EQ(listed.totals.error().message, "page refused");
    EXPECT_LE(listed.keys.size(), static_cast<std::size_t>(page) * 10);
    EXPECT_EQ(source.calls, page + 1) << "nothing is fetched after a failure";
  }
}

TEST(Lister, EndsManyWorkersAtAnyPageThatFails) {
  const auto keys = NumberedKeys(2'000);
  for (int page = 0; page < 286; page += 7) {
    MemorySource source(keys, 7);
    source.fail_at = page;
    const Listed listed = ListAll(source, 64);
    ASSERT_FALSE(listed.totals) << "page " << page;
    EXPECT_EQ(listed.totals.error().message, "page refused");
    ASSERT_LE(listed.keys.size(), keys.size());
    EXPECT_TRUE(std::ranges::equal(listed.keys, std::span(keys).first(listed.keys.size()))) << "page " << page;
    EXPECT_LE(source.calls, page + 64) << "page " << page;
  }
}

TEST(Lister, StopsAtTheFirstParcelThatCannotBeReleased) {
  for (int release = 0; release < 10; ++release) {
    MemorySource source(NumberedKeys(100), 10);
    const Listed listed = ListAll(source, 7, {}, release);
    ASSERT_FALSE(listed.totals);
    EXPECT_EQ(listed.totals.error().message, "the sink is full");
    EXPECT_EQ(listed.keys.size(), static_cast<std::size_t>(release) * 10);
  }
}

TEST(Lister, EndsAFetchThatHangsWhenStopped) {
  MemorySource source(NumberedKeys(100), 10);
  source.block_at = 4;
  std::stop_source stop;
  std::jthread stopper([&] {
    source.blocked.wait(false);
    stop.request_stop();
  });
  const Listed listed = ListAll(source, 7, {.stop = stop.get_token(), .deadline = std::nullopt});
  ASSERT_FALSE(listed.totals);
  EXPECT_EQ(listed.totals.error().code, ErrorCode::kCancelled);
}

TEST(Lister, DoesNothingWhenStoppedBefore) {
  MemorySource source(NumberedKeys(100), 10);
  std::stop_source stop;
  stop.request_stop();
  const Listed listed = ListAll(source, 4, {.stop = stop.get_token(), .deadline = std::nullopt});
  ASSERT_FALSE(listed.totals);
  EXPECT_EQ(listed.totals.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(source.calls, 0);
}

TEST(Lister, ThrowsWhatTheWorkOnAPageThrowsOnceAllWorkersHaveEnded) {
  for (const int workers : {1, 4, 32}) {
    MemorySource source(NumberedKeys(700), 7);
    std::atomic<int> pages = 0;
    const auto list = [&] {
      static_cast<void>(ListInOrder(source, {.prefix = "k/", .workers = workers, .pages_in_work = 2}, {},
                                    [&](const s3::ListPage&) -> Result<Parcel> {
                                      if (++pages >= 10) throw std::bad_alloc();
                                      return Parcel{.bytes = 16, .release = [] { return Status(); }};
                                    }));
    };
    EXPECT_THROW(list(), std::bad_alloc) << workers;
  }
}

/// Lists behind `start_after`, and after `pages` pages no more than it must.
struct Stopped {
  ListingTotals totals;
  std::vector<std::string> released;
  std::size_t worked_on = 0;  // keys
};
Stopped ListPart(MemorySource& source, int workers, const std::string& start_after, int pages) {
  Stopped stopped;
  std::atomic<std::size_t> worked_on = 0;
  std::atomic<int> seen = 0;
  auto totals = ListInOrder(source,
                            {.prefix = "k/",
                             .start_after = start_after,
                             .workers = workers,
                             .pages_in_work = 3,
                             .stop_early = [&] { return ++seen >= pages; }},
                            {}, [&](const s3::ListPage& page) -> Result<Parcel> {
                              std::vector<std::string> mine;
                              for (const auto& object : page.objects) mine.emplace_back(object.key);
                              worked_on += mine.size();
                              return Parcel{.bytes = 16, .release = [&, mine = std::move(mine)]() -> Status {
                                              stopped.released.insert(stopped.released.end(), mine.begin(), mine.end());
                                              return {};
                                            }};
                            });
  EXPECT_TRUE(totals) << totals.error().message;
  if (totals) stopped.totals = *totals;
  stopped.worked_on = worked_on;
  return stopped;
}

class ListerStoppedEarly : public ::testing::TestWithParam<std::tuple<int, int>> {};
INSTANTIATE_TEST_SUITE_P(WorkersAndPages, ListerStoppedEarly,
                         ::testing::Combine(::testing::Values(1, 2, 7, 32), ::testing::Values(1, 2, 5, 40)));

TEST_P(ListerStoppedEarly, LosesNothingThatItHasListed) {
  const auto [workers, pages] = GetParam();
  const auto keys = NumberedKeys(700);
  MemorySource source(keys, 7);
  std::vector<std::string> all;
  int runs = 0;
  for (bool complete = false; !complete; ++runs) {
    const Stopped stopped = ListPart(source, workers, all.empty() ? "" : all.back(), pages);
    ASSERT_FALSE(stopped.released.empty());
    EXPECT_EQ(stopped.worked_on, stopped.released.size()) << "every page that was worked on is out";
    all.insert(all.end(), stopped.released.begin(), stopped.released.end());
    complete = stopped.totals.complete;
    ASSERT_LT(runs, 1'000);
  }
  // Of many workers one may be at the end already, and then all before it is listed.
  if (workers == 1) {
    EXPECT_GT(runs, 1);
  }
  EXPECT_EQ(all, keys);
}

TEST(Lister, StoppedEarlyByOneWorkerFetchesNoFurtherPage) {
  MemorySource source(NumberedKeys(100), 10);
  const Stopped stopped = ListPart(source, 1, "", 3);
  EXPECT_FALSE(stopped.totals.complete);
  EXPECT_EQ(source.calls, 3);
  EXPECT_EQ(stopped.released, NumberedKeys(30));
}

TEST(Lister, BeginsBehindAKeyUpToTheEnd) {
  MemorySource source(NumberedKeys(100), 10);
  EXPECT_EQ(ListPart(source, 4, "k/000089", 1'000).released.front(), "k/000090");
  const Stopped nothing = ListPart(source, 4, "k/000099", 1'000);
  EXPECT_TRUE(nothing.released.empty());
  EXPECT_TRUE(nothing.totals.complete);
}

}  // namespace
}  // namespace signpost::listing
