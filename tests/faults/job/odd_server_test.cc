// Servers that list oddly, asked for many stretches at once: the manifest of one connection, or an error.
#include "faults/job/odd_server.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "faults/job/at_concurrency.h"

namespace signpost::job {
namespace {

using testing::JobWorld;
using testing::KeysOf;

bool ByBytes(const std::string& a, const std::string& b) { return a < b; }

/// As a file system lists its folders, one after the other: 'a/x' before 'a-b'.
bool ByFolder(const std::string& a, const std::string& b) {
  const auto lower = [](char x, char y) {
    const int left = x == '/' ? -1 : static_cast<unsigned char>(x);
    const int right = y == '/' ? -1 : static_cast<unsigned char>(y);
    return left < right;
  };
  return std::ranges::lexicographical_compare(a, b, lower);
}

/// Files in folders whose names are the beginnings of others, followed by bytes before and after '/'.
std::vector<std::string> TreeKeys(std::mt19937_64& random, std::size_t most, std::string prefix = "") {
  static const std::vector<std::string> kNames = {"a", "a-b", "a.b", "a0", "b", "b b", "b!", "c", "c+"};
  std::set<std::string> keys;
  const std::size_t count = 1 + random() % most;
  while (keys.size() < count) {
    std::string key = prefix;
    for (std::size_t depth = random() % 3; depth-- > 0;) key += kNames[random() % kNames.size()] + "/";
    keys.insert(key + kNames[random() % kNames.size()] + std::to_string(random() % 100));
  }
  return {keys.begin(), keys.end()};
}

std::uint64_t FirstSeed() { return std::random_device()() % 1'000'000; }

class OddServers : public AtConcurrency {
 protected:
  static constexpr int kRounds = kSanitized ? 5 : 15;
};

TEST_P(OddServers, N4_FolderOrderIsRefusedOrHarmless) {
  const std::uint64_t first_seed = FirstSeed();
  int refused = 0;
  for (std::uint64_t seed = first_seed; seed < first_seed + kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto in_order = TreeKeys(random, 400);
    auto as_listed = in_order;
    std::ranges::sort(as_listed, ByFolder);
    OddServer server(as_listed, ByFolder, 1 + random() % 7);
    const auto result = JobWorld(server.url(), seed).Run(Request());
    if (result) {
      ASSERT_EQ(KeysOf(server.manifest()), in_order);
      ASSERT_EQ(as_listed, in_order) << "one connection would have refused this";
    } else {
      ++refused;
      EXPECT_EQ(result.error().code, ErrorCode::kDataLoss) << result.error().ToString();
      EXPECT_NE(result.error().message.find("--listing serial"), std::string::npos) << result.error().ToString();
      ASSERT_EQ(server.manifest(), "(none)");
    }
  }
  EXPECT_GT(refused, 0);
}

TEST_P(OddServers, N4_IgnoredStartAfterIsRefusedOrHarmless) {
  const std::uint64_t first_seed = FirstSeed();
  for (std::uint64_t seed = first_seed; seed < first_seed + kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto keys = TreeKeys(random, 300);
    OddServer server(keys, ByBytes, 1 + random() % 7, {.ignores_start_after = true});
    const auto result = JobWorld(server.url(), seed).Run(Request());
    if (result) {
      ASSERT_EQ(KeysOf(server.manifest()), keys);
    } else {
      EXPECT_FALSE(IsSerial()) << "one connection never asks for it";
      EXPECT_NE(result.error().message.find("--listing serial"), std::string::npos) << result.error().ToString();
      ASSERT_EQ(server.manifest(), "(none)");
    }
  }
}

TEST_P(OddServers, N4_KeysOutsideThePrefixAreRefused) {
  const std::uint64_t first_seed = FirstSeed();
  for (std::uint64_t seed = first_seed; seed < first_seed + kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    auto keys = TreeKeys(random, 300, "data/");
    keys.emplace_back("dataset");
    OddServer server(keys, ByBytes, 1 + random() % 7);
    const auto result = JobWorld(server.url(), seed).Run(Request("data/"));
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("dataset"), std::string::npos) << result.error().ToString();
    ASSERT_EQ(server.manifest(), "(none)");
  }
}

TEST_P(OddServers, N4_RepeatedTokenIsRefusedOrHarmless) {
  const std::uint64_t first_seed = FirstSeed();
  for (std::uint64_t seed = first_seed; seed < first_seed + kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto keys = TreeKeys(random, 300);
    const int after = 1 + static_cast<int>(random() % keys.size());
    OddServer server(keys, ByBytes, 1 + random() % 7, {.repeat_token_after = after});
    const auto result = JobWorld(server.url(), seed).Run(Request());
    if (result) {
      ASSERT_EQ(KeysOf(server.manifest()), keys);
    } else {
      EXPECT_EQ(result.error().code, ErrorCode::kDataLoss) << result.error().ToString();
      ASSERT_EQ(server.manifest(), "(none)");
    }
  }
}

TEST_P(OddServers, N5_ShortAndEmptyTruncatedPagesGiveEveryKey) {
  const std::uint64_t first_seed = FirstSeed();
  for (std::uint64_t seed = first_seed; seed < first_seed + kRounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto keys = TreeKeys(random, 400);
    OddServer server(keys, ByBytes, seed % 2 == 0 ? 7 : 2, {.empty_page_every = static_cast<int>(random() % 3)});
    const auto result = JobWorld(server.url(), seed).Run(Request());
    ASSERT_TRUE(result) << result.error().ToString();
    ASSERT_EQ(KeysOf(server.manifest()), keys);
  }
}

SIGNPOST_AT_EVERY_CONCURRENCY(OddServers);

}  // namespace
}  // namespace signpost::job
