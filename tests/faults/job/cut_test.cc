// A list page that does not arrive whole is asked for again and leaves no trace in the manifest.
#include <atomic>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "faults/job/at_concurrency.h"
#include "testing/job_world.h"
#include "testing/loopback_server.h"
#include "testing/synthetic_s3_list.h"

namespace signpost::job {
namespace {

using testing::AwkwardKeys;
using testing::Gunzip;
using testing::JobWorld;
using testing::KeysOf;
using testing::Materialise;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;
using testing::SyntheticS3;

class CutListing : public AtConcurrency {
 protected:
  static void CutEverywhere(bool reset);
  static void CutAt(SyntheticS3& server, std::size_t byte, bool reset, const std::string& golden, int* cuts);
  /// How far apart the cuts are. With several connections, and under sanitizers, not every byte gets one; from run to
  /// run they are others.
  static std::size_t Stride() { return IsSerial() ? 1 : kSanitized ? 61 : 31; }
  /// Of the listing; a few openings may find nothing.
  static int MostCalls() { return IsSerial() ? 3 : 5; }
};

/// Cuts each call of the listing once at every byte of its answer, head included, and compares with the manifest of
/// one connection without cuts.
void CutListing::CutEverywhere(bool reset) {
  const auto shape = AwkwardKeys();
  SyntheticS3 server(shape, {.page_size = 3});
  std::string golden;
  JobRequest serial = Request();
  serial.concurrency = 1;
  ASSERT_TRUE(JobWorld(server.url()).RunToOutput(serial, &golden));
  ASSERT_EQ(KeysOf(golden), Materialise(*shape));
  ASSERT_EQ(server.count(SyntheticCall::kList), 3);
  const std::size_t offset = std::random_device()() % Stride();
  SCOPED_TRACE("cuts at " + std::to_string(offset) + " and every " + std::to_string(Stride()) + " bytes");
  int cuts = 0;
  for (std::size_t byte = offset;; byte += Stride()) {
    ASSERT_LT(byte, 10'000U);
    const int before = cuts;
    CutAt(server, byte, reset, golden, &cuts);
    if (HasFatalFailure()) return;
    if (cuts == before) break;  // The byte lay behind the last one of every answer.
  }
  EXPECT_GT(cuts, 2'000 / static_cast<int>(Stride()));
}

void CutListing::CutAt(SyntheticS3& server, std::size_t byte, bool reset, const std::string& golden, int* cuts) {
  for (int call = 0; call < MostCalls(); ++call) {
    server.StartRound([=](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
      if (request.call != SyntheticCall::kList || request.number_of_call != call) return std::nullopt;
      return SyntheticFault{.cut_after = byte, .reset = reset};
    });
    std::string rows;
    const auto result = JobWorld(server.url()).RunToOutput(Request(), &rows);
    ASSERT_TRUE(result) << "call " << call << " cut at " << byte << ": " << result.error().ToString();
    ASSERT_EQ(rows, golden) << "call " << call << " cut at " << byte;
    if (server.cuts() == 0) continue;
    ASSERT_GE(server.count(SyntheticCall::kList), 4) << "call " << call << " cut at " << byte;
    ++*cuts;
  }
}

TEST_P(CutListing, N1_CutAtEveryByteOffsetByReset) { CutEverywhere(true); }

TEST_P(CutListing, N2_CutAtEveryByteOffsetByCleanEnd) { CutEverywhere(false); }

/// Serves a listing of eight keys from `spoil`ed answers; takes the manifest.
class SpoiledListing {
 public:
  using Spoil = std::function<void(int list_call, testing::ServerReply* reply)>;

  explicit SpoiledListing(Spoil spoil)
      : spoil_(std::move(spoil)), server_([this](const auto& request) { return Answer(request); }) {}

  std::string url() const { return server_.url(); }
  int list_calls() const { return list_calls_; }
  std::string manifest() const {
    for (const testing::ServerRequest& request : server_.requests()) {
      if (request.method == "PUT") return Gunzip(request.body);
    }
    return "(none)";
  }

 private:
  testing::ServerReply Answer(const testing::ServerRequest& request) {
    testing::ServerReply reply;
    if (request.method != "GET") {
      reply.headers = {{"ETag", "\"0123456789abcdef0123456789abcdef\""}};
      return reply;
    }
    const auto query = [&](const char* name) {
      const auto found = request.query.find(name);
      return found == request.query.end() ? std::string() : found->second;
    };
    const std::string token = query("continuation-token");
    testing::SyntheticListRequest list;
    list.bucket = "source";
    list.continuation_token = token;
    const std::string after = query("start-after");
    list.start_after = after;
    list.max_keys = 3;
    list.encode_url = true;
    EXPECT_TRUE(testing::RenderListPage(*AwkwardKeys(), list, &reply.body)) << token;
    spoil_(list_calls_++, &reply);
    return reply;
  }

  const Spoil spoil_;
  std::atomic<int> list_calls_ = 0;
  testing::LoopbackServer server_;
};

TEST_P(CutListing, N2_ShortOfContentLength) {
  SpoiledListing listing([](int call, testing::ServerReply* reply) {
    if (call != 1) return;
    reply->content_length = reply->body.size();
    reply->body.resize(reply->body.size() / 2);
    reply->close = true;
    reply->cut_after = 100'000;
  });
  const auto result = JobWorld(listing.url()).Run(Request());
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(KeysOf(listing.manifest()), Materialise(*AwkwardKeys()));
  EXPECT_GE(listing.list_calls(), 4);
  EXPECT_LE(listing.list_calls(), MostCalls() + 1);
}

TEST_P(CutListing, N2_ChunkedWithoutLastChunk) {
  SpoiledListing listing([](int call, testing::ServerReply* reply) {
    reply->chunked = true;
    reply->last_chunk = call != 2;
  });
  const auto result = JobWorld(listing.url()).Run(Request());
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(KeysOf(listing.manifest()), Materialise(*AwkwardKeys()));
  EXPECT_GE(listing.list_calls(), 4);
  EXPECT_LE(listing.list_calls(), MostCalls() + 1);
}

TEST_P(CutListing, N3_AnswerThatIsNoListPageIsAskedForAgain) {
  for (const char* body : {"", "<html><body>Gateway</body></html>", "<ListBucketResult><Contents><Key>a</Key>",
                           "<?xml version=\"1.0\"?>\n<ListAllMyBucketsResult/>"}) {
    SpoiledListing once([&](int call, testing::ServerReply* reply) {
      if (call == 1) reply->body = body;
    });
    const auto result = JobWorld(once.url()).Run(Request());
    ASSERT_TRUE(result) << body << ": " << result.error().ToString();
    EXPECT_EQ(KeysOf(once.manifest()), Materialise(*AwkwardKeys())) << body;

    SpoiledListing always([&](int, testing::ServerReply* reply) { reply->body = body; });
    EXPECT_FALSE(JobWorld(always.url()).Run(Request())) << body;
    EXPECT_EQ(always.manifest(), "(none)") << body;
    EXPECT_LE(always.list_calls(), 8) << body;
  }
}

SIGNPOST_AT_EVERY_CONCURRENCY(CutListing);

}  // namespace
}  // namespace signpost::job
