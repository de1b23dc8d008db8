// A list page that does not arrive whole is asked for again and leaves no trace in the manifest.
#include <atomic>
#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>

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
using testing::Request;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;
using testing::SyntheticS3;

/// Cuts each of three pages once at every byte of its answer, head included, and compares with the uncut manifest.
void CutEverywhere(bool reset) {
  const auto shape = AwkwardKeys();
  SyntheticS3 server(shape, {.page_size = 3});
  std::string golden;
  ASSERT_TRUE(JobWorld(server.url()).RunToOutput(Request(), &golden));
  ASSERT_EQ(KeysOf(golden), Materialise(*shape));
  ASSERT_EQ(server.count(SyntheticCall::kList), 3);
  int cuts = 0;
  for (int page = 0; page < 3; ++page) {
    for (std::size_t byte = 0;; ++byte) {
      ASSERT_LT(byte, 10'000U);
      server.StartRound([=](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
        if (request.call != SyntheticCall::kList || request.number_of_call != page) return std::nullopt;
        return SyntheticFault{.cut_after = byte, .reset = reset};
      });
      std::string rows;
      const auto result = JobWorld(server.url()).RunToOutput(Request(), &rows);
      ASSERT_TRUE(result) << "page " << page << " cut at " << byte << ": " << result.error().ToString();
      ASSERT_EQ(rows, golden) << "page " << page << " cut at " << byte;
      if (server.cuts() == 0) break;  // The cut lay behind the last byte.
      ASSERT_GE(server.count(SyntheticCall::kList), 4) << "page " << page << " cut at " << byte;
      ++cuts;
    }
  }
  EXPECT_GT(cuts, 2'000);
}

TEST(CutListing, N1_CutAtEveryByteOffsetByReset) { CutEverywhere(true); }

TEST(CutListing, N2_CutAtEveryByteOffsetByCleanEnd) { CutEverywhere(false); }

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

TEST(CutListing, N2_ShortOfContentLength) {
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
  EXPECT_EQ(listing.list_calls(), 4);
}

TEST(CutListing, N2_ChunkedWithoutLastChunk) {
  SpoiledListing listing([](int call, testing::ServerReply* reply) {
    reply->chunked = true;
    reply->last_chunk = call != 2;
  });
  const auto result = JobWorld(listing.url()).Run(Request());
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(KeysOf(listing.manifest()), Materialise(*AwkwardKeys()));
  EXPECT_EQ(listing.list_calls(), 4);
}

TEST(CutListing, N3_AnswerThatIsNoListPageIsAskedForAgain) {
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

}  // namespace
}  // namespace signpost::job
