#include "listing/key_space.h"

#include <algorithm>
#include <random>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "listing/key_families.h"

namespace signpost::listing {
namespace {

TEST(ByteSet, CountsAndIndexesLikeASortedList) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    ByteSet set;
    std::vector<int> sorted;
    for (int byte = 0; byte < 256; ++byte) {
      if (random() % 7 != 0) continue;
      set.Add(static_cast<unsigned char>(byte));
      sorted.push_back(byte);
    }
    ASSERT_EQ(set.size(), static_cast<int>(sorted.size()));
    for (int byte = 0; byte <= 256; ++byte) {
      ASSERT_EQ(set.CountBelow(byte), std::ranges::lower_bound(sorted, byte) - sorted.begin());
    }
    for (std::size_t i = 0; i < sorted.size(); ++i) ASSERT_EQ(set.At(static_cast<int>(i)), sorted[i]);
  }
}

KeySpace Learnt(const std::vector<std::string>& keys) {
  KeySpace space(2);
  for (const auto& key : keys) space.Learn(key);
  return space;
}

std::vector<std::string> Counter(int count, int step = 1) {
  std::vector<std::string> keys;
  for (int i = 0; i < count; ++i) keys.push_back(fmt::format("k/part-{:06}.bin", i * step));
  return keys;
}

TEST(KeySpace, MeasuresACounterInItsOwnSteps) {
  KeySpace space = Learnt(Counter(1000));
  const double one = space.Distance("k/part-000000.bin", "k/part-000001.bin", 7);
  EXPECT_GT(one, 0);
  const double ten = space.Distance("k/part-000011.bin", "k/part-000021.bin", 7);
  EXPECT_NEAR(ten / one, 10, 1.5);
}

TEST(KeySpace, AdvancesACounterAcrossDigitsThatAllKeysShared) {
  KeySpace space = Learnt(Counter(1000));  // three leading zeros so far
  const double span = space.Distance("k/part-000000.bin", "k/part-000900.bin", 7);
  const auto key = space.Advance("k/part-000900.bin", span, 7);
  ASSERT_TRUE(key);
  EXPECT_GT(*key, "k/part-0015");
  EXPECT_LT(*key, "k/part-0025");
}

TEST(KeySpace, SettledDigitsLeaveNoRoomForWhatNeverComes) {
  std::vector<std::string> hours;
  for (int i = 0; i < 24 * 100; ++i) hours.push_back(fmt::format("k/{:04}/{:02}/", i / 24, i % 24));
  KeySpace space = Learnt(hours);
  // From 23 o'clock to midnight are a few hours, not the 77 that two decimal digits have room for.
  const double hour = space.Distance("k/0030/10/", "k/0030/11/", 2);
  EXPECT_LE(space.Distance("k/0030/23/", "k/0031/00/", 2), 8 * hour);
}

TEST(KeySpace, EndIsBehindEveryKey) {
  KeySpace space = Learnt(Counter(1000, 7));
  EXPECT_GT(space.Distance("k/part-006993.bin", std::nullopt, 2), 0);
  EXPECT_GT(space.Distance("k/part-000000.bin", std::nullopt, 2), space.Distance("k/part-000007.bin", std::nullopt, 2));
}

TEST(KeySpace, BytesThatNobodyMayMakeUpAreNotMadeUp) {
  KeySpace space = Learnt({"k/\xc3\xa9%1", "k/\xc3\xaa%2", "k/\xc3\xab%3", "k/\xe3\x81\x82%4"});
  for (double distance = 1; distance < 1e9; distance *= 3) {
    const auto key = space.Advance("k/\xc3\xa9%1", distance, 2);
    if (!key) continue;
    const std::size_t shared = CommonPrefix(*key, "k/\xc3\xa9%1");
    for (const char c : key->substr(shared)) EXPECT_TRUE(c >= ' ' && c <= '~' && c != '%') << *key;
  }
}

TEST(KeySpace, OrderOfDistancesIsOrderOfKeysUnderRandomKeys) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> keys;
    const unsigned alphabet = 2 + random() % 90;
    const std::size_t length = 1 + random() % 40;
    for (int i = 0; i < 60; ++i) {
      std::string key = "k/";
      for (std::size_t at = 0; at < length; ++at) key += static_cast<char>(0x21 + random() % alphabet);
      keys.push_back(key);
    }
    std::ranges::sort(keys);
    KeySpace space = Learnt(keys);
    double last = 0;
    for (const auto& key : keys) {
      const double distance = space.Distance(keys.front(), key, 2);
      ASSERT_GE(distance, last) << key;
      last = distance;
    }
    ASSERT_GE(space.Distance(keys.front(), std::nullopt, 2), last);
  }
}

TEST(KeySpace, AdvanceGoesAsFarAsAskedUnderRandomKeys) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> keys;
    for (int i = 0; i < 100; ++i) keys.push_back(fmt::format("k/{:08x}", random()));
    std::ranges::sort(keys);
    KeySpace space = Learnt(keys);
    const std::string& from = keys[random() % 50];
    const double asked = space.Distance(from, keys[60 + random() % 40], 2);
    const auto key = space.Advance(from, asked, 2);
    ASSERT_TRUE(key);
    ASSERT_GT(*key, from);
    ASSERT_NEAR(space.Distance(from, *key, 2) / asked, 1, 1e-6);
  }
}

TEST(KeySpace, NothingLiesAheadBehindTheEnd) {
  KeySpace space = Learnt(Counter(1000));
  EXPECT_FALSE(space.Advance("k/part-000999.bin", 1e300, 2));
}

TEST(KeySpace, StaysWithinTheLongestKey) {
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) keys.push_back("k/" + std::string(1016, 'x') + fmt::format("{:06}", i));
  KeySpace space = Learnt(keys);
  const double span = space.Distance(keys[0], keys[100], 2);
  const auto key = space.Advance(keys[100], span, 2);
  ASSERT_TRUE(key);
  EXPECT_LE(key->size(), 1024U);
  EXPECT_GT(*key, keys[100]);
}

TEST(KeyFamilies, LearnTheAlphabetOfEachKindOfNameAlone) {
  KeyFamilies families(2);
  for (int i = 0; i < 400; ++i) families.Learn(fmt::format("k/a/{:08x}", i * 10'000'019U));
  for (int i = 0; i < 400; ++i) families.Learn(fmt::format("k/zz/2024/{:02}/{:05}", i / 40 + 1, i));
  KeySpace& dates = families.SpaceOf("k/zz/2024/03/00100");
  const double month = dates.Distance("k/zz/2024/03/00100", "k/zz/2024/04/00140", 2);
  const auto key = dates.Advance("k/zz/2024/03/00100", month, 2);
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->starts_with("k/zz/2024/04/001")) << *key;
}

}  // namespace
}  // namespace signpost::listing
