#include "manifest/deflate_block.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

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

  std::string out(told.text.size() + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int outcome = inflate(&stream, Z_FINISH);
  const bool whole = outcome == Z_STREAM_END && stream.avail_in == 0;
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return whole ? out : "not a deflate stream: " + std::to_string(outcome);
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
