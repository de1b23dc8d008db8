// Keys that are hard to cut cost at most twice the LIST calls that they need, however many connections there are.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "faults/job/at_concurrency.h"

namespace signpost::job {
namespace {

using testing::JobWorld;
using testing::KeysOf;
using testing::SyntheticCall;
using testing::SyntheticS3;

class ListCalls : public AtConcurrency {
 protected:
  static constexpr int kKeys = kSanitized ? 3'500 : 10'500;
  static constexpr std::uint64_t kPageSize = kSanitized ? 10 : 30;  // 350 pages

  static void ExpectFewCalls(std::vector<std::string> keys) {
    const std::uint64_t least = (keys.size() + kPageSize - 1) / kPageSize;
    SyntheticS3 server(testing::KeysAsListed(keys), {.page_size = kPageSize});
    std::string rows;
    const auto result = JobWorld(server.url()).RunToOutput(Request(), &rows);
    ASSERT_TRUE(result) << result.error().ToString();
    ASSERT_TRUE(KeysOf(rows) == keys);
    const auto calls = static_cast<std::uint64_t>(server.count(SyntheticCall::kList));
    EXPECT_EQ(calls, result->list_calls);
    EXPECT_GE(calls, least);
    EXPECT_LE(calls, IsSerial() ? least : 2 * least);
    RecordProperty("calls_percent", static_cast<int>(100 * calls / least));
  }
};

TEST_P(ListCalls, OneFlatFolder) {
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back(fmt::format("in/flat/{:012}.json", i));
  ExpectFewCalls(std::move(keys));
}

TEST_P(ListCalls, OneObjectInEachFolder) {
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) {
    keys.push_back(
        fmt::format("users/{:08x}{:04x}/object", i, testing::MixBits(static_cast<std::uint64_t>(i)) & 0xffff));
  }
  ExpectFewCalls(std::move(keys));
}

TEST_P(ListCalls, NamesThatDifferInTheLastOfAThousandBytes) {
  const std::string common(994, 'n');
  std::vector<std::string> keys;
  for (int i = 0; i < kKeys; ++i) keys.push_back(common + fmt::format("{:06}", i));
  ExpectFewCalls(std::move(keys));
}

SIGNPOST_AT_EVERY_CONCURRENCY(ListCalls);

}  // namespace
}  // namespace signpost::job
