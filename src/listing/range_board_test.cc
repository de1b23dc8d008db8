#include "listing/range_board.h"

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace signpost::listing {
namespace {

constexpr std::size_t kPage = 10;

Parcel ParcelOf(std::size_t bytes) {
  return {.bytes = bytes, .release = [] { return Status(); }};
}

std::vector<std::string> Numbered(int count) {
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) keys.push_back(fmt::format("k/{:06}", i));
  return keys;
}

/// The page that an honest server gives for `turn`; the token is the number of the next key.
s3::ListPage PageFor(const std::vector<std::string>& keys, const RangeBoard::Turn& turn,
                     std::size_t page_size = kPage) {
  const auto after = std::ranges::upper_bound(keys, turn.start_after) - keys.begin();
  const std::size_t first =
      turn.continuation_token.empty() ? static_cast<std::size_t>(after) : std::stoul(turn.continuation_token);
  const std::size_t last = std::min(first + page_size, keys.size());
  s3::ListPage page;
  for (std::size_t i = first; i < last; ++i) page.objects.push_back({.key = keys[i]});
  page.is_truncated = last < keys.size();
  if (page.is_truncated) page.next_continuation_token = std::to_string(last);
  return page;
}

RangeBoard Board(int workers, std::size_t lookahead = 1 << 20) {
  return RangeBoard({.prefix = "k/", .workers = workers, .lookahead_bytes = lookahead});
}

TEST(RangeBoard, BeginsWithOnePageFromTheStart) {
  RangeBoard board = Board(8);
  const auto turn = board.Take();
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->start_after, "");
  EXPECT_EQ(turn->continuation_token, "");
  EXPECT_FALSE(board.Take()) << "nothing is known yet that a cut could go by";
}

TEST(RangeBoard, GoesOnWithTheTokenAndCutsBehindThePageInFlight) {
  const auto keys = Numbered(500);
  RangeBoard board = Board(8);
  const auto first = board.Take();
  board.HandBack(*first, PageFor(keys, *first));
  const auto next = board.Take();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->continuation_token, "10");
  const auto cut = board.Take();
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->continuation_token, "");
  EXPECT_GT(cut->start_after, "k/000019") << "the page in flight ends there";
  EXPECT_LE(cut->start_after, "k/000499");
}

/// A board over `keys` whose first page is back, and the turns that it then gives to eight workers.
struct SecondRound {
  RangeBoard board;
  std::vector<RangeBoard::Turn> turns;

  explicit SecondRound(const std::vector<std::string>& keys) : board(Board(8)) {
    const auto first = board.Take();
    board.Fill(board.HandBack(*first, PageFor(keys, *first)).place, ParcelOf(1));
    while (const auto turn = board.Take()) turns.push_back(*turn);
  }
  /// How many turns there are once these are back.
  std::size_t TurnsOfTheNext(const std::vector<std::string>& keys) {
    for (const auto& turn : turns) board.Fill(board.HandBack(turn, PageFor(keys, turn)).place, ParcelOf(1));
    std::size_t count = 0;
    while (board.Take()) ++count;
    return count;
  }
};

std::size_t PagesBefore(const std::vector<std::string>& keys, const std::string& pivot) {
  return static_cast<std::size_t>(std::ranges::upper_bound(keys, pivot) - keys.begin()) / kPage;
}

TEST(RangeBoard, GuessesALittleAheadAndThenFarWhileAJobMayBeSmall) {
  const auto keys = Numbered(5000);
  const SecondRound round(keys);
  ASSERT_EQ(round.turns.size(), 3u);
  EXPECT_EQ(round.turns[0].continuation_token, "10");
  const std::size_t near = PagesBefore(keys, round.turns[1].start_after);
  const std::size_t far = PagesBefore(keys, round.turns[2].start_after);
  EXPECT_TRUE(near >= 3 && near <= 10) << near;
  EXPECT_TRUE(far >= 30 && far <= 70) << far;
}

TEST(RangeBoard, GivesEveryWorkerAPageOnceBothGuessesWereRight) {
  const auto keys = Numbered(5000);
  EXPECT_GE(SecondRound(keys).TurnsOfTheNext(keys), 8u);
}

/// Whether a board cuts inside `k/folder/`, of which the first page lists 50 names of 400, behind one folder that has
/// some, and folders that have one each.
bool CutsInFolder(const std::function<std::string(int)>& name, int names_before = 1) {
  std::vector<std::string> keys;
  for (int i = names_before; i < 50; ++i) keys.push_back(fmt::format("k/a{:04}/{}", i, name(0)));
  for (int i = 0; i < names_before; ++i) keys.push_back("k/before/" + name(i));
  for (int i = 0; i < 400; ++i) keys.push_back("k/folder/" + name(i));
  RangeBoard board = Board(8);
  const auto first = board.Take();
  board.HandBack(*first, PageFor(keys, *first, 100));
  bool cuts = false;
  while (const auto turn = board.Take()) cuts = cuts || turn->start_after.starts_with("k/folder/");
  return cuts;
}

TEST(RangeBoard, ForetellsAFolderFromHowItBeginsAtTheEndOfAPage) {
  EXPECT_TRUE(CutsInFolder([](int i) { return fmt::format("{:04}.jpg", i * 25); }));
  EXPECT_FALSE(CutsInFolder([](int i) { return fmt::format("{:04}.jpg", 4'500 + i); }))
      << "a counter that goes on from another folder may end anywhere";
  EXPECT_TRUE(CutsInFolder([](int i) { return fmt::format("{:04}.jpg", i * 25); }, 49));
  EXPECT_FALSE(CutsInFolder([](int i) { return fmt::format("{:04}.jpg", i * 25); }, 50))
      << "a folder that is as long as the one before may end there too";
}

TEST(RangeBoard, CutsNoFurtherWhereTheSecondGuessWentPastTheEnd) {
  const auto keys = Numbered(90);
  EXPECT_LE(SecondRound(keys).TurnsOfTheNext(keys), 2u);
}

TEST(RangeBoard, KeepsOnlyTheKeysUpToTheCut) {
  const auto keys = Numbered(500);
  RangeBoard board = Board(8);
  auto left = board.Take();
  board.HandBack(*left, PageFor(keys, *left));
  left = board.Take();
  const auto right = board.Take();
  ASSERT_TRUE(right);
  // The cut came while the left page was under way.
  s3::ListPage page = PageFor(keys, *left, 200);
  const std::size_t own = static_cast<std::size_t>(std::ranges::upper_bound(keys, right->start_after) - keys.begin());
  const auto scanned = board.HandBack(*left, page);
  EXPECT_EQ(scanned.keys, own - 10);
  EXPECT_TRUE(scanned.doubts.empty());
}

TEST(RangeBoard, AKeyEqualToTheBoundaryBelongsToTheLeftRange) {
  auto keys = Numbered(500);
  RangeBoard board = Board(8);
  auto left = board.Take();
  board.HandBack(*left, PageFor(keys, *left));
  left = board.Take();
  const auto right = board.Take();
  ASSERT_TRUE(right);
  keys.push_back(right->start_after);
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  const auto boundary = static_cast<std::size_t>(std::ranges::find(keys, right->start_after) - keys.begin());
  EXPECT_EQ(board.HandBack(*left, PageFor(keys, *left, 400)).keys, boundary + 1 - 10);
  const s3::ListPage page = PageFor(keys, *right);
  EXPECT_EQ(page.objects.front().key, keys[boundary + 1]);
}

TEST(RangeBoard, ReleasesInKeyOrderWhateverFinishesFirst) {
  const auto keys = Numbered(500);
  RangeBoard board = Board(8);
  auto left = board.Take();
  const auto first = board.HandBack(*left, PageFor(keys, *left)).place;
  left = board.Take();
  const auto right = board.Take();
  const auto third = board.HandBack(*right, PageFor(keys, *right)).place;
  const auto second = board.HandBack(*left, PageFor(keys, *left)).place;
  board.Fill(third, ParcelOf(3));
  board.Fill(second, ParcelOf(2));
  EXPECT_FALSE(board.TakeReady());
  EXPECT_EQ(board.waiting_bytes(), 5U);
  board.Fill(first, ParcelOf(1));
  EXPECT_EQ(board.TakeReady()->bytes, 1U);
  EXPECT_FALSE(board.TakeReady()) << "the first parcel is not out yet";
  board.Released();
  EXPECT_EQ(board.TakeReady()->bytes, 2U);
  board.Released();
  EXPECT_FALSE(board.Done());
}

TEST(RangeBoard, NeverCutsAListingInTheServersOwnOrder) {
  const auto keys = Numbered(500);
  RangeBoard board({.prefix = "k/", .order = KeyOrder::kServer, .workers = 8});
  for (int page = 0; page < 3; ++page) {
    const auto turn = board.Take();
    ASSERT_TRUE(turn);
    EXPECT_EQ(turn->start_after, "");
    EXPECT_FALSE(board.Take());
    board.HandBack(*turn, PageFor(keys, *turn));
  }
}

TEST(RangeBoard, CutsNothingWhileCutsAreNotAllowed) {
  const auto keys = Numbered(500);
  RangeBoard board = Board(8);
  const auto turn = board.Take();
  board.HandBack(*turn, PageFor(keys, *turn));
  board.AllowCuts(false);
  EXPECT_TRUE(board.Take()) << "the range goes on";
  EXPECT_FALSE(board.Take());
  board.AllowCuts(true);
  EXPECT_TRUE(board.Take());
}

TEST(RangeBoard, BeginsNoPageWhenFinishedOnesFillTheLookahead) {
  const auto keys = Numbered(500);
  RangeBoard board = Board(1, 60'000);
  auto turn = board.Take();
  const auto first = board.HandBack(*turn, PageFor(keys, *turn)).place;
  ASSERT_FALSE(board.Take()) << "the page in work may fill it";
  board.Fill(first, ParcelOf(200'000));
  EXPECT_FALSE(board.Take());
  ASSERT_TRUE(board.TakeReady());
  board.Released();
  EXPECT_TRUE(board.Take());
}

TEST(RangeBoard, GoesOnWhenAPageIsLargerThanTheLookahead) {
  const auto keys = Numbered(30);
  RangeBoard board = Board(4, 1);
  for (int page = 0; page < 3; ++page) {
    const auto turn = board.Take();
    ASSERT_TRUE(turn) << page;
    board.Fill(board.HandBack(*turn, PageFor(keys, *turn)).place, ParcelOf(1000));
    ASSERT_TRUE(board.TakeReady());
    board.Released();
  }
  EXPECT_TRUE(board.Done());
}

TEST(RangeBoard, WorksOnNoMorePagesThanAllowed) {
  const auto keys = Numbered(500);
  RangeBoard board({.prefix = "k/", .workers = 1, .pages_in_work = 2});
  auto turn = board.Take();
  const auto first = board.HandBack(*turn, PageFor(keys, *turn)).place;
  turn = board.Take();
  board.HandBack(*turn, PageFor(keys, *turn));
  EXPECT_FALSE(board.Take());
  board.Fill(first, ParcelOf(1));
  EXPECT_TRUE(board.Take());
}

/// A left range that ended before `beyond`, and a right one whose opening is about to come back.
struct Meeting {
  RangeBoard board = Board(8);
  std::vector<std::string> keys = Numbered(500);
  std::optional<RangeBoard::Turn> left;
  std::optional<RangeBoard::Turn> right;

  Meeting() {
    left = board.Take();
    board.HandBack(*left, PageFor(keys, *left));
    left = board.Take();
    right = board.Take();
  }
};

TEST(RangeBoard, DoubtsAKeyThatTheRightRangePassedOver) {
  Meeting meet;
  EXPECT_TRUE(meet.board.HandBack(*meet.left, PageFor(meet.keys, *meet.left, 400)).doubts.empty());
  s3::ListPage page = PageFor(meet.keys, *meet.right);
  const std::string passed_over(page.objects.front().key);
  page.objects.erase(page.objects.begin());
  const auto doubts = meet.board.HandBack(*meet.right, page).doubts;
  ASSERT_EQ(doubts.size(), 1U);
  EXPECT_EQ(doubts[0].key, passed_over);
  EXPECT_EQ(doubts[0].listed_by.continuation_token, "10");
  EXPECT_EQ(doubts[0].passed_over_by.start_after, meet.right->start_after);
}

TEST(RangeBoard, DoubtsWhicheverSideComesLast) {
  Meeting meet;
  s3::ListPage page = PageFor(meet.keys, *meet.right);
  page.objects.erase(page.objects.begin());
  EXPECT_TRUE(meet.board.HandBack(*meet.right, page).doubts.empty());
  EXPECT_FALSE(meet.board.HandBack(*meet.left, PageFor(meet.keys, *meet.left, 400)).doubts.empty());
}

TEST(RangeBoard, DoubtsAnEmptyAnswerWhereAKeyWasSeen) {
  Meeting meet;
  meet.board.HandBack(*meet.left, PageFor(meet.keys, *meet.left, 400));
  EXPECT_FALSE(meet.board.HandBack(*meet.right, s3::ListPage()).doubts.empty());
}

TEST(RangeBoard, DoubtsAKeyThatTheLeftRangePassedOver) {
  Meeting meet;
  const std::string added = meet.right->start_after + "\x01";
  EXPECT_TRUE(meet.board.HandBack(*meet.left, PageFor(meet.keys, *meet.left, 400)).doubts.empty());
  auto keys = meet.keys;
  keys.push_back(added);
  std::ranges::sort(keys);
  const auto doubts = meet.board.HandBack(*meet.right, PageFor(keys, *meet.right)).doubts;
  ASSERT_EQ(doubts.size(), 1U);
  EXPECT_EQ(doubts[0].key, added);
  EXPECT_EQ(doubts[0].listed_by.start_after, meet.right->start_after);
  EXPECT_EQ(doubts[0].passed_over_by.continuation_token, "10");
}

TEST(RangeBoard, WaitsForTheFirstKeyOfAnOpeningThatIsEmptyAndGoesOn) {
  Meeting meet;
  EXPECT_TRUE(meet.board.HandBack(*meet.left, PageFor(meet.keys, *meet.left, 400)).doubts.empty());
  s3::ListPage nothing_yet;
  nothing_yet.is_truncated = true;
  nothing_yet.next_continuation_token = "more";
  EXPECT_TRUE(meet.board.HandBack(*meet.right, nothing_yet).doubts.empty());
  const auto next = meet.board.Take();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->continuation_token, "more");
  EXPECT_TRUE(meet.board.HandBack(*next, PageFor(meet.keys, *meet.right)).doubts.empty());
}

/// Keys of every kind that has gone wrong somewhere.
std::vector<std::string> RandomKeys(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {"a",
                                                   "b",
                                                   "z",
                                                   "0",
                                                   "9",
                                                   "/",
                                                   "//",
                                                   "-",
                                                   "%",
                                                   "%41",
                                                   "\x01",
                                                   "\x7f",
                                                   " ",
                                                   "\xc3\xa9",
                                                   "~",
                                                   "A",
                                                   "..",
                                                   "f",
                                                   "\xef\xbf\xbf",
                                                   "\xf0\x90\x80\x80",
                                                   "\xff",
                                                   "2024/",
                                                   "part-"};
  static const std::size_t kSizes[] = {0, 1, 9, 10, 11, 100, 101, 300, 1000};
  const std::size_t size = kSizes[random() % std::size(kSizes)];
  const std::size_t kinds = 1 + random() % kPieces.size();
  const bool counted = random() % 2 == 0;
  const std::string deep(random() % 3 == 0 ? random() % 990 : 0, 'd');
  std::set<std::string> keys;
  for (std::size_t i = 0; keys.size() < size && i < 4 * size; ++i) {
    std::string key = "k/" + deep;
    for (std::size_t n = random() % 5; n > 0; --n) key += kPieces[random() % kinds];
    if (counted) key += std::to_string(random() % 100'000);
    key.resize(std::min<std::size_t>(key.size(), 1024));
    keys.insert(std::move(key));
  }
  return {keys.begin(), keys.end()};
}

bool IsMadeUpWell(const std::string& pivot, const std::vector<std::string>& keys) {
  if (!pivot.starts_with("k/") || pivot.size() > 1024) return false;
  // What it does not share with a key is made up.
  std::size_t shared = 0;
  for (const auto& key : keys) shared = std::max(shared, CommonPrefix(pivot, key));
  return std::all_of(pivot.begin() + static_cast<std::ptrdiff_t>(shared), pivot.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '%'; });
}

/// Plays one random order of events; the workers are only numbers here.
void PlayRandomInterleaving(unsigned seed) {
  std::mt19937 random(seed);
  const auto keys = RandomKeys(random);
  const int workers = static_cast<int>(1 + random() % 20);
  constexpr std::size_t kLargestParcel = 70'000;
  const std::size_t lookahead = 1 + random() % (20 * kLargestParcel);
  RangeBoard board(
      {.prefix = "k/", .workers = workers, .lookahead_bytes = lookahead, .pages_in_work = 1 + random() % 8});
  std::vector<RangeBoard::Turn> fetching;
  std::vector<std::pair<RangeBoard::Place, std::vector<std::string>>> working;
  std::vector<std::string> released;
  bool releasing = false;
  for (int steps = 0; !board.Done(); ++steps) {
    ASSERT_LT(steps, 200'000) << "the board came to rest";
    const unsigned choice = random() % 4;
    if (choice == 0 && static_cast<int>(fetching.size()) < workers) {
      auto turn = board.Take();
      ASSERT_TRUE(turn || !fetching.empty() || !working.empty() || releasing || board.waiting_bytes() > 0)
          << "nothing is under way";
      if (!turn) continue;
      ASSERT_TRUE(turn->start_after.empty() || IsMadeUpWell(turn->start_after, keys)) << turn->start_after;
      fetching.push_back(*turn);
    } else if (choice == 1 && !fetching.empty()) {
      const std::size_t index = random() % fetching.size();
      const RangeBoard::Turn turn = fetching[index];
      fetching.erase(fetching.begin() + static_cast<std::ptrdiff_t>(index));
      const s3::ListPage page = PageFor(keys, turn);
      const auto scanned = board.HandBack(turn, page);
      ASSERT_TRUE(scanned.doubts.empty());
      std::vector<std::string> own;
      for (std::size_t i = 0; i < scanned.keys; ++i) own.emplace_back(page.objects[i].key);
      working.emplace_back(scanned.place, std::move(own));
    } else if (choice == 2 && !working.empty()) {
      const std::size_t index = random() % working.size();
      auto [place, own] = std::move(working[index]);
      working.erase(working.begin() + static_cast<std::ptrdiff_t>(index));
      board.Fill(place, {.bytes = 1 + random() % kLargestParcel, .release = [&released, own = std::move(own)] {
                           released.insert(released.end(), own.begin(), own.end());
                           return Status();
                         }});
      ASSERT_LE(board.waiting_bytes(), lookahead + (static_cast<std::size_t>(workers) + 1) * kLargestParcel);
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
  ASSERT_EQ(released, keys);
}

TEST(RangeBoard, EveryKeyLeavesOnceAndInOrderUnderRandomInterleavings) {
  const unsigned first_seed = std::random_device()();
  for (unsigned i = 0; i < 400; ++i) {
    SCOPED_TRACE(::testing::Message() << "seed " << first_seed + i);
    PlayRandomInterleaving(first_seed + i);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace signpost::listing
