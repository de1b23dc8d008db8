#include "manifest/deflate_block.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "manifest/inflate_fixture_test.h"

namespace signpost::manifest {
namespace {

/// A text, as a block is told of it.
struct Told {
  std::string text;
  std::string literals;
  std::vector<Step> steps;

  void Add(const std::string& fresh, std::uint32_t length, std::uint32_t distance) {
    literals += fresh;
    text += fresh;
    for (std::uint32_t i = 0; i < length; ++i) text += text[text.size() - distance];
    steps.push_back({.literals = static_cast<std::uint32_t>(fresh.size()), .length = length, .distance = distance});
  }
};

/// What zlib makes of `told` as a raw deflate stream whose codes fit its first `sample` steps.
std::string ThereAndBack(const Told& told, std::size_t sample) {
  DeflateBlock block;
  block.Start();
  block.Count(told.literals.data(), std::span(told.steps).first(sample));
  const Status made = block.MakeCodes();
  if (!made) return made.error().ToString();
  std::string packed(DeflateBlock::MostBytes(told.text.size()), '\0');
  packed.resize(static_cast<std::size_t>(block.Write(told.literals.data(), told.steps, packed.data()) - packed.data()));
  return Inflate(packed, told.text.size(), -15);
}

TEST(DeflateBlock, OfNothingUnpacksToNothing) { EXPECT_EQ(ThereAndBack({}, 0), ""); }

TEST(DeflateBlock, WritesCopiesOfEachLength) {
  Told told;
  told.Add("0123456789", 0, 0);
  for (std::uint32_t length = 3; length <= 2 * 258 + 3; ++length) told.Add("x", length, 7);
  for (const std::size_t sample : {std::size_t{0}, std::size_t{5}, told.steps.size()}) {
    EXPECT_TRUE(ThereAndBack(told, sample) == told.text) << sample;
  }
}

TEST(DeflateBlock, WritesCopiesFromEachDistance) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  std::string fresh(32'768, '\0');
  for (char& byte : fresh) byte = static_cast<char>(random());
  Told told;
  told.Add(fresh, 0, 0);
  for (std::uint32_t distance = 1; distance <= 32'768; distance += 1 + distance / 16) told.Add("", 3, distance);
  told.Add("", 258, 32'768);
  EXPECT_TRUE(ThereAndBack(told, told.steps.size()) == told.text);
}

TEST(DeflateBlock, WritesWhatWasNotInTheSample) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    Told told;
    const bool digits = random() % 2 == 0;
    for (std::size_t count = random() % 200; count > 0; --count) {
      std::string fresh(random() % 100, '\0');
      for (char& byte : fresh) {
        byte = digits && random() % 200 != 0 ? "0123456789abcdef"[random() % 16] : static_cast<char>(random());
      }
      const std::size_t behind = told.text.size() + fresh.size();
      const bool copies = behind > 0 && random() % 4 != 0;
      const auto distance = static_cast<std::uint32_t>(1 + random() % std::clamp<std::size_t>(behind, 1, 32'768));
      told.Add(fresh, copies ? 3 + random() % 1'000 : 0, copies ? distance : 0);
    }
    ASSERT_TRUE(ThereAndBack(told, random() % (told.steps.size() + 1)) == told.text) << "round " << round;
  }
}

}  // namespace
}  // namespace signpost::manifest
