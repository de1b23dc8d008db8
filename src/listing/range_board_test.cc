#include "listing/range_board.h"

#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::listing {
namespace {

Parcel ParcelOf(std::size_t bytes) {
  return {.bytes = bytes, .release = [] { return Status(); }};
}

TEST(RangeBoard, GivesTheRangeToOneWorkerAtATime) {
  RangeBoard board(100);
  const auto first = board.Take();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->continuation_token, "");
  EXPECT_FALSE(board.Take());
  board.HandBack("next");
  const auto second = board.Take();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->continuation_token, "next");
}

TEST(RangeBoard, ReleasesInOrderWhateverFinishesFirst) {
  RangeBoard board(100);
  ASSERT_TRUE(board.Take());
  const auto first = board.HandBack("t");
  ASSERT_TRUE(board.Take());
  const auto second = board.HandBack("");
  board.Fill(second, ParcelOf(2));
  EXPECT_FALSE(board.TakeReady());
  board.Fill(first, ParcelOf(1));
  const auto ready = board.TakeReady();
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->bytes, 1U);
  EXPECT_FALSE(board.TakeReady()) << "the first parcel is not out yet";
  board.Released();
  EXPECT_EQ(board.TakeReady()->bytes, 2U);
  EXPECT_FALSE(board.Done());
  board.Released();
  EXPECT_TRUE(board.Done());
}

TEST(RangeBoard, BeginsNoPageWhenFinishedOnesFillTheLookahead) {
  RangeBoard board(10);
  ASSERT_TRUE(board.Take());
  const auto first = board.HandBack("a");
  ASSERT_TRUE(board.Take());
  const auto second = board.HandBack("b");
  board.Fill(second, ParcelOf(10));
  EXPECT_FALSE(board.Take());
  board.Fill(first, ParcelOf(1));
  ASSERT_TRUE(board.TakeReady());
  board.Released();
  ASSERT_TRUE(board.TakeReady());
  board.Released();
  EXPECT_TRUE(board.Take());
}

TEST(RangeBoard, GoesOnWhenAllThatWaitsIsLargerThanTheLookahead) {
  RangeBoard board(1);
  for (int page = 0; page < 3; ++page) {
    ASSERT_TRUE(board.Take()) << "page " << page;
    board.Fill(board.HandBack(page < 2 ? "t" : ""), ParcelOf(1000));
    ASSERT_TRUE(board.TakeReady());
    board.Released();
  }
  EXPECT_TRUE(board.Done());
}

TEST(RangeBoard, WorksOnNoMorePagesThanAllowed) {
  RangeBoard board(100, 2);
  ASSERT_TRUE(board.Take());
  const auto first = board.HandBack("a");
  ASSERT_TRUE(board.Take());
  board.HandBack("b");
  EXPECT_FALSE(board.Take());
  board.Fill(first, ParcelOf(1));
  EXPECT_TRUE(board.Take());
}

/// Plays one random order of events; the workers are only numbers here.
void PlayRandomInterleaving(unsigned seed) {
  std::mt19937 random(seed);
  const int pages = static_cast<int>(random() % 60);
  const std::size_t lookahead = 1 + random() % 50;
  const std::uint64_t in_work_limit = 1 + random() % 6;
  constexpr std::size_t kLargestParcel = 20;
  RangeBoard board(lookahead, in_work_limit);
  std::vector<std::uint64_t> working;
  std::vector<std::uint64_t> released;
  bool fetching = false;
  bool releasing = false;
  int fetched = 0;
  int steps = 0;
  while (!board.Done()) {
    ASSERT_LT(++steps, 100'000) << "the board came to rest";
    const unsigned choice = random() % 4;
    if (choice == 0 && !fetching) {
      fetching = board.Take().has_value();
      ASSERT_TRUE(fetching || !working.empty() || releasing || board.waiting_bytes() > 0) << "nothing is under way";
    } else if (choice == 1 && fetching) {
      fetching = false;
      working.push_back(board.HandBack(fetched++ < pages ? "token" : ""));
      ASSERT_LE(working.size(), in_work_limit);
    } else if (choice == 2 && !working.empty()) {
      const std::size_t index = random() % working.size();
      const std::uint64_t place = working[index];
      working.erase(working.begin() + static_cast<std::ptrdiff_t>(index));
      board.Fill(place, {.bytes = 1 + random() % kLargestParcel, .release = [&released, place] {
                           released.push_back(place);
                           return Status();
                         }});
      ASSERT_LT(board.waiting_bytes(), lookahead + (in_work_limit + 1) * kLargestParcel);
    } else if (choice == 3) {
      if (releasing) {
        board.Released();
        releasing = false;
      } else if (auto ready = board.TakeReady()) {
        ASSERT_TRUE(ready->release());
        releasing = true;
      }
    }
  }
  ASSERT_EQ(released.size(), static_cast<std::size_t>(pages) + 1);
  for (std::size_t i = 0; i < released.size(); ++i) ASSERT_EQ(released[i], i);
}

TEST(RangeBoard, EveryPageLeavesOnceAndInOrderUnderRandomInterleavings) {
  const unsigned first_seed = std::random_device()();
  for (unsigned i = 0; i < 500; ++i) {
    SCOPED_TRACE(::testing::Message() << "seed " << first_seed + i);
    PlayRandomInterleaving(first_seed + i);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace signpost::listing
