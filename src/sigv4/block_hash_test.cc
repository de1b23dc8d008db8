#include "sigv4/block_hash.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "sigv4/known_tail.h"
#include "sigv4/sha256.h"

namespace signpost::sigv4 {
namespace {

constexpr std::size_t kBlock = SHA256_CBLOCK;

std::string RandomBytes(std::size_t size, std::mt19937_64* random) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>((*random)());
  return bytes;
}

std::string PlainSha256(std::string_view message) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  EVP_Digest(message.data(), message.size(), digest, nullptr, EVP_sha256(), nullptr);
  return HexEncode({digest, SHA256_DIGEST_LENGTH});
}

/// FIPS 180-4 section 5.1.1.
std::string Padded(std::string message) {
  const std::uint64_t bits = 8 * message.size();
  message += '\x80';
  while (message.size() % kBlock != kBlock - 8) message += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) message += static_cast<char>(bits >> shift);
  return message;
}

class EachBlockHash : public ::testing::TestWithParam<BlockHash> {};

TEST_P(EachBlockHash, MessagesOfEveryLengthHashAsOpenSslHashesThem) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (std::size_t messages = 0; messages <= 40; ++messages) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < messages; ++i) texts.push_back(RandomBytes(random() % 2'000, &random));
    // Lengths around the ends of blocks in every batch but the smallest.
    for (std::size_t i = 0; i < std::min<std::size_t>(messages, 20); ++i) texts[i].resize(50 + (7 * messages + i) % 90);
    std::vector<std::string> blocks;
    for (const std::string& text : texts) blocks.push_back(Padded(text));
    std::vector<BlockState> states(messages, Sha256().words());
    std::vector<BlockRun> runs;
    for (std::size_t i = 0; i < messages; ++i) {
      runs.push_back({&states[i], AsBytes(blocks[i]).data(), blocks[i].size() / kBlock});
    }
    HashBlocks(GetParam(), runs);
    for (std::size_t i = 0; i < messages; ++i) {
      EXPECT_EQ(HexEncode(DigestOf(states[i])), PlainSha256(texts[i])) << texts[i].size() << " bytes";
    }
  }
}

TEST_P(EachBlockHash, GoesOnFromAStateInTheMiddle) {
  std::mt19937_64 random(1);
  const std::string beginning = RandomBytes(3 * kBlock, &random);
  const std::string blocks = RandomBytes(5 * kBlock + 1, &random);
  Sha256 begun;
  begun.Update(beginning);
  BlockState first = begun.words();
  BlockState second = Sha256().words();
  const std::array<BlockRun, 2> runs = {BlockRun{&first, AsBytes(blocks).data() + 1, 5},  // not aligned
                                        BlockRun{&second, AsBytes(beginning).data(), 3}};
  HashBlocks(GetParam(), runs);
  begun.Update(std::string_view(blocks).substr(1));
  EXPECT_EQ(first, begun.words());
  Sha256 whole;
  whole.Update(beginning);
  EXPECT_EQ(second, whole.words());
}

TEST_P(EachBlockHash, RunsOfNothingLeaveTheirStates) {
  const BlockState start = Sha256().words();
  std::vector<BlockState> states(5, start);
  const std::string block(kBlock, 'x');
  std::vector<BlockRun> runs;
  for (std::size_t i = 0; i < states.size(); ++i) runs.push_back({&states[i], AsBytes(block).data(), i % 2});
  HashBlocks(GetParam(), runs);
  Sha256 hash;
  hash.Update(block);
  for (std::size_t i = 0; i < states.size(); ++i) EXPECT_EQ(states[i], i % 2 == 0 ? start : hash.words()) << i;
}

TEST_P(EachBlockHash, KnownBlocksHashAsOpenSslHashesThemWhereverTheyBegin) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  const KnownTail tail(RandomBytes(700 + random() % 1'000, &random), GetParam());
  const std::size_t bytes = tail.blocks() * kBlock;
  ASSERT_EQ(tail.blocks(), (tail.text().size() - (kBlock - 1)) / kBlock);
  for (std::size_t runs = 0; runs <= 3 * kBlock; ++runs) {
    std::vector<Sha256> expected(runs);
    std::vector<BlockState> states;
    std::vector<KnownRun> known;
    for (std::size_t i = 0; i < runs; ++i) {
      expected[i].Update(RandomBytes(kBlock, &random));
      states.push_back(expected[i].words());
    }
    for (std::size_t i = 0; i < runs; ++i) {
      const std::size_t at = (runs + i) % kBlock;
      known.push_back(tail.RunFrom(at, &states[i]));
      expected[i].Update(std::string_view(tail.text()).substr(at, bytes));
    }
    HashKnownBlocks(GetParam(), known, tail.blocks());
    for (std::size_t i = 0; i < runs; ++i) ASSERT_EQ(states[i], expected[i].words()) << i << " of " << runs;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachBlockHash, ::testing::ValuesIn(AvailableBlockHashes()),
                         [](const auto& one) { return one.param == BlockHash::kOneByOne ? "OneByOne" : "ShaNiPairs"; });

}  // namespace
}  // namespace signpost::sigv4
