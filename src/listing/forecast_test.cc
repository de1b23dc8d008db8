#include "listing/forecast.h"

#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace signpost::listing {
namespace {

/// Ranges over made-up keys behind `k/`, without a board. What is foretold is a little more than arithmetic says:
/// behind each alphabet a KeySpace leaves room for one byte more.
class Ranges {
 public:
  /// A range from `lo` on that ends where the next one begins.
  RangeList::iterator Add(const std::string& lo) {
    if (!ranges_.empty()) ranges_.back().hi = lo;
    return ranges_.emplace(ranges_.end(), lo, std::nullopt, PageChecker("k/", KeyOrder::kBytes, lo));
  }

  /// `range` lists `keys` in `pages` pages' worth; the last `run` of them share a name.
  void List(RangeList::iterator range, const std::vector<std::string>& keys, double pages = 1, std::size_t run = 0) {
    for (const auto& key : keys) families_.Learn(key);
    range->history.push_back(
        {.from = range->position, .to = keys.back(), .first = keys.front(), .last = keys.back(), .pages = pages});
    range->position = range->known_key = keys.back();
    if (run == 0) return;
    const std::vector<std::string> last(keys.end() - static_cast<std::ptrdiff_t>(run), keys.end());
    range->last_run.emplace(KeyRun{.first = last.front(),
                                   .pages = pages * static_cast<double>(run) / static_cast<double>(keys.size()),
                                   .space = KeySpace(2)});
    for (const auto& key : last) range->last_run->space.Learn(key);
  }

  double PagesAhead(RangeList::iterator range) { return Forecast(ranges_, range, families_).PagesAhead(); }
  std::string KeyAhead(RangeList::iterator range, double pages) {
    return Forecast(ranges_, range, families_).KeyAhead(pages).value_or("");
  }

 private:
  RangeList ranges_;
  KeyFamilies families_{2};
};

std::vector<std::string> KeysOf(int first, int end, int step, const std::function<std::string(int)>& name) {
  std::vector<std::string> keys;
  for (int i = first; i < end; i += step) keys.push_back(name(i));
  return keys;
}

std::string FourDigits(int i) { return fmt::format("k/{:04}", i); }

TEST(Forecast, TheWayBackForetellsTheWayAhead) {
  Ranges ranges;
  const auto range = ranges.Add("k/0000");
  ranges.Add("k/9000");
  ranges.List(range, KeysOf(10, 1'510, 10, FourDigits));
  ranges.List(range, KeysOf(1'510, 3'010, 10, FourDigits));
  EXPECT_NEAR(ranges.PagesAhead(range), 4, 0.2);
  EXPECT_GT(ranges.KeyAhead(range, 2), "k/55");
  EXPECT_LT(ranges.KeyAhead(range, 2), "k/65");
}

/// What lies ahead shares more with the page's end than with its beginning.
TEST(Forecast, APageThatBeganElsewhereCountsForThePartThatShares) {
  Ranges ranges;
  const auto range = ranges.Add("k/0595");
  ranges.Add("k/1990");
  ranges.List(range, KeysOf(600, 1'200, 10, FourDigits));
  EXPECT_NEAR(ranges.PagesAhead(range), 800.0 / 600, 0.3);
}

std::string InFolder(int i) { return fmt::format("k/folder/{:04}", i); }

/// A page of which the second half begins a folder, and a range that is cut off from it inside the folder.
struct Folder {
  Ranges ranges;
  RangeList::iterator listed = ranges.Add("k/");
  RangeList::iterator cut_off = ranges.Add("k/folder/3000");

  Folder() {
    auto keys = KeysOf(0, 50, 1, [](int i) { return fmt::format("k/a{:04}/0000", i); });
    for (const auto& key : KeysOf(0, 1'000, 20, InFolder)) keys.push_back(key);
    ranges.List(listed, keys, 1, 50);
  }
};

TEST(Forecast, AFolderThatBeginsOnAPageGoesOnAsLongAsItsNamesCan) {
  Folder folder;
  EXPECT_NEAR(folder.ranges.PagesAhead(folder.listed), 1, 0.3) << "from 1000 to 3000, 2000 a page";
}

TEST(Forecast, ARangeWithoutAPageIsForetoldFromItsNeighboursLastOne) {
  Folder folder;
  EXPECT_NEAR(folder.ranges.PagesAhead(folder.cut_off), 4, 1) << "from 3000 to the last name, 2000 a page";
  EXPECT_GT(folder.ranges.KeyAhead(folder.cut_off, 1), "k/folder/45");
  EXPECT_LT(folder.ranges.KeyAhead(folder.cut_off, 1), "k/folder/55");
  const auto behind = folder.ranges.Add("k/g");
  EXPECT_LT(folder.ranges.PagesAhead(behind), 3.5) << "another name, of which the folder tells nothing";
}

/// Of a counter with many digits only the first few are ever used.
TEST(Forecast, ARangeWithoutAPageIsNotForetoldFarFromAFolderThatMayEndSoon) {
  const auto counted = [](int day) { return [day](int i) { return fmt::format("k/{:02}/{:08}", day, i); }; };
  Ranges ranges;
  const auto listed = ranges.Add("k/");
  for (int day = 1; day < 4; ++day) {
    ranges.List(listed, KeysOf(0, 100, 1, counted(day)), 1, 100);
    ranges.List(listed, KeysOf(100, 200, 1, counted(day)), 1, 100);
  }
  ranges.List(listed, KeysOf(0, 100, 1, counted(4)), 1, 100);
  const auto cut_off = ranges.Add("k/04/00000200");
  ranges.Add("k/06");
  EXPECT_GT(ranges.PagesAhead(listed), 0.9) << "another page of the day may come";
  EXPECT_LT(ranges.PagesAhead(cut_off), 10) << "no day had more than two";
  ranges.List(listed, KeysOf(100, 200, 1, counted(4)), 1, 100);
  ranges.List(listed, KeysOf(200, 300, 1, counted(4)), 1, 100);
  cut_off->lo = cut_off->position = *listed->hi = "k/04/00000400";
  EXPECT_GT(ranges.PagesAhead(cut_off), 1'000) << "this one goes on for longer than any before";
}

}  // namespace
}  // namespace signpost::listing
