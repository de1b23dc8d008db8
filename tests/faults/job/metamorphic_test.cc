// Whatever happens on the way, and however the work is cut up, the same manifest comes out.
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "faults/job/at_concurrency.h"
#include "testing/job_world.h"

namespace signpost::job {
namespace {

using testing::JobWorld;
using testing::KeysOf;
using testing::Materialise;
using testing::Published;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;
using testing::SyntheticS3;

std::shared_ptr<const testing::KeyShape> Shape(const char* name, std::uint64_t size) {
  return std::move(testing::MakeKeyShape(name, size).value());
}

/// A random schedule of faults that a retry cures, never so many that a call gives up: at most three of a kind in a row
/// when `serial`, else seven of a kind in all, since then they may all hit one call. Thread-safe.
class Schedule {
 public:
  Schedule(std::uint64_t seed, bool serial) : serial_(serial), random_(seed) {}

  std::optional<SyntheticFault> operator()(const SyntheticRequest& request) {
    const std::lock_guard lock(mutex_);
    int& in_a_row = in_a_row_[request.call];
    if (in_a_row == (serial_ ? 3 : 7) || random_() % 3 != 0) {
      if (serial_) in_a_row = 0;
      return std::nullopt;
    }
    ++in_a_row;
    switch (random_() % 6) {
      case 0:
        return SyntheticFault{.status = 500, .code = "InternalError"};
      case 1:
        return SyntheticFault{.status = 503, .code = "SlowDown"};
      case 2:
        return SyntheticFault{.cut_after = random_() % 2'000};
      case 3:
        return SyntheticFault{.cut_after = random_() % 2'000, .reset = true};
      case 4:
        if (request.call == SyntheticCall::kList) return SyntheticFault{.body = "<html>proxy</html>"};
        return SyntheticFault{.status = 502, .code = "BadGateway"};
      default:
        if (request.call == SyntheticCall::kList) return SyntheticFault{.body = ""};
        return SyntheticFault{.cut_after = 0};  // Took effect; the answer is lost.
    }
  }

 private:
  const bool serial_;
  std::mutex mutex_;
  std::mt19937_64 random_;                 // guarded by mutex_
  std::map<SyntheticCall, int> in_a_row_;  // guarded by mutex_
};

class Metamorphic : public AtConcurrency {};

TEST_P(Metamorphic, AnyScheduleOfRetryableFaultsGivesTheSameManifest) {
  const auto shape = Shape("hostile", 150);
  SyntheticS3 server(shape, {.page_size = 20, .keep_uploads = true});
  ASSERT_TRUE(JobWorld(server.url()).Run(Request()));
  const std::string golden = Published(server);
  ASSERT_EQ(KeysOf(golden), Materialise(*shape));
  const std::uint64_t first_seed = std::random_device()() % 1'000'000;
  int faults = 0;
  const int rounds = kSanitized ? 20 : IsSerial() ? 150 : 60;
  for (std::uint64_t seed = first_seed; seed < first_seed + rounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto schedule = std::make_shared<Schedule>(seed, IsSerial());
    server.StartRound([schedule](const SyntheticRequest& request) { return (*schedule)(request); });
    const auto result = JobWorld(server.url(), seed).Run(Request());
    ASSERT_TRUE(result) << result.error().ToString();
    ASSERT_EQ(Published(server), golden);
    EXPECT_EQ(result->count, shape->size());
    faults += server.faults();
  }
  EXPECT_GT(faults, rounds);
}

TEST_P(Metamorphic, FaultsDuringAMultipartUploadGiveTheSameManifest) {
  SyntheticS3 server(Shape("uuid", 40'000), {.keep_uploads = true});
  JobRequest request = Request();
  request.compression = manifest::Compression::kNone;
  ASSERT_TRUE(JobWorld(server.url()).Run(request));
  ASSERT_GT(server.count(SyntheticCall::kUploadPart), 1);
  const std::string golden = server.store()->Find("manifest")->body;
  const std::uint64_t first_seed = std::random_device()() % 1'000'000;
  for (std::uint64_t seed = first_seed; seed < first_seed + (kSanitized ? 2 : IsSerial() ? 8 : 4); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto schedule = std::make_shared<Schedule>(seed, IsSerial());
    server.StartRound([schedule](const SyntheticRequest& each) { return (*schedule)(each); });
    const auto result = JobWorld(server.url(), seed).Run(request);
    ASSERT_TRUE(result) << result.error().ToString();
    ASSERT_TRUE(server.store()->Find("manifest")->body == golden);
  }
}

TEST(MetamorphicConcurrency, AnyGivesTheSameRows) {
  constexpr std::uint64_t kSize = kSanitized ? 2'000 : 20'000;
  for (const char* name : {"uuid", "hostile", "skewed"}) {
    SyntheticS3 server(Shape(name, kSize), {.page_size = kSize / 40, .keep_uploads = true});
    std::string golden;
    for (const int concurrency : {1, 2, 7, 64}) {
      JobRequest request = testing::Request();
      request.concurrency = concurrency;
      server.StartRound();
      const auto result = JobWorld(server.url()).Run(request);
      ASSERT_TRUE(result) << result.error().ToString();
      EXPECT_EQ(result->count, kSize);
      const std::string rows = Published(server);
      if (golden.empty()) golden = rows;
      ASSERT_TRUE(rows == golden) << name << " with " << concurrency;
    }
    EXPECT_EQ(KeysOf(golden), Materialise(*Shape(name, kSize))) << name;
  }
}

/// The rows without their URLs, which name the server's port and sign it.
std::string WithoutUrls(std::string rows) {
  constexpr std::string_view kOpen = "\"url\":\"";
  for (std::size_t at = 0; (at = rows.find(kOpen, at)) != std::string::npos; ++at) {
    rows.erase(at, rows.find('"', at + kOpen.size()) + 1 - at);
  }
  return rows;
}

TEST_P(Metamorphic, AnyPageSizeAndLookaheadGiveTheSameRows) {
  const auto shape = Shape("dates", kSanitized ? 300 : 3'000);
  std::string golden;
  for (const std::uint64_t page_size : {1, 7, 333, 1000}) {
    SyntheticS3 server(shape, {.page_size = page_size, .keep_uploads = true});
    std::string of_this_server;
    for (const std::size_t lookahead : {kMinLookahead, std::size_t{64} << 20}) {
      JobRequest request = Request();
      request.lookahead_bytes = lookahead;
      server.StartRound();
      const auto result = JobWorld(server.url()).Run(request);
      ASSERT_TRUE(result) << result.error().ToString();
      const std::string rows = Published(server);
      if (of_this_server.empty()) of_this_server = rows;
      ASSERT_TRUE(rows == of_this_server) << page_size;
    }
    if (golden.empty()) golden = WithoutUrls(of_this_server);
    ASSERT_EQ(KeysOf(of_this_server).size(), shape->size());
    ASSERT_TRUE(WithoutUrls(of_this_server) == golden) << page_size;
  }
}

SIGNPOST_AT_EVERY_CONCURRENCY(Metamorphic);

}  // namespace
}  // namespace signpost::job
