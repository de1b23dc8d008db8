// What a server may answer to a listing, well formed and still wrong or odd.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "faults/job/at_concurrency.h"
#include "testing/job_world.h"
#include "testing/loopback_server.h"
#include "testing/synthetic_s3_list.h"

namespace signpost::job {
namespace {

using testing::AwkwardKeys;
using testing::ExpectNothingPublished;
using testing::Gunzip;
using testing::JobWorld;
using testing::KeysOf;
using testing::Materialise;
using testing::Published;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;
using testing::SyntheticS3;

/// A page by the token that asks for it.
struct Page {
  std::vector<std::string> keys;
  bool truncated = false;
  std::string next;  ///< Empty: no NextContinuationToken.
};

/// A server that answers listings with these pages, and takes uploads. To start-after it answers with the first page
/// that has a later key, less the keys before that one; when there is none, with the last page it has, emptied.
class CannedS3 {
 public:
  explicit CannedS3(std::map<std::string, Page> pages)
      : pages_(std::move(pages)), server_([this](const auto& request) { return Answer(request); }) {}

  std::string url() const { return server_.url(); }
  int requests() const { return server_.request_count(); }

  /// The manifest, or "(none)".
  std::string manifest() const {
    for (const testing::ServerRequest& request : server_.requests()) {
      if (request.method == "PUT") return Gunzip(request.body);
    }
    return "(none)";
  }

 private:
  testing::ServerReply Answer(const testing::ServerRequest& request) const {
    testing::ServerReply reply;
    if (request.method != "GET") {
      reply.headers = {{"ETag", "\"0123456789abcdef0123456789abcdef\""}};
      return reply;
    }
    const auto token = request.query.find("continuation-token");
    const auto after = request.query.find("start-after");
    const auto found = pages_.find(token == request.query.end() ? "" : token->second);
    if (found == pages_.end()) {
      reply.status = 400;
      return reply;
    }
    const Page page = after == request.query.end() ? found->second : PageAfter(after->second);
    reply.body = "<ListBucketResult><EncodingType>url</EncodingType><KeyCount>" + std::to_string(page.keys.size()) +
                 "</KeyCount><IsTruncated>" + (page.truncated ? "true" : "false") + "</IsTruncated>";
    if (!page.next.empty()) {
      reply.body += "<NextContinuationToken>" + page.next + "</NextContinuationToken>";
    }
    for (const std::string& key : page.keys) {
      reply.body += "<Contents><Key>";
      testing::AppendS3UrlEncoded(key, &reply.body);
      reply.body +=
          "</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>1</Size></Contents>";
    }
    reply.body += "</ListBucketResult>";
    return reply;
  }

  Page PageAfter(const std::string& start_after) const {
    std::set<std::string> seen;
    const Page* page = &pages_.at("");
    for (;;) {
      const auto later = std::ranges::find_if(page->keys, [&](const auto& key) { return key > start_after; });
      const bool last = !page->truncated || page->next.empty() || !seen.insert(page->next).second;
      if (later != page->keys.end() || last) return {{later, page->keys.end()}, page->truncated, page->next};
      page = &pages_.at(page->next);
    }
  }

  const std::map<std::string, Page> pages_;
  testing::LoopbackServer server_;
};

class OddListing : public AtConcurrency {};
class Storm : public AtConcurrency {};
class EmptyListing : public AtConcurrency {};
class OutputInsideTheSource : public AtConcurrency {};

TEST_P(OddListing, N4_DisorderIsRefusedAndNamesSerialListing) {
  const std::vector<std::map<std::string, Page>> cases = {
      {{"", {{"a", "c", "b"}, false, ""}}},                             // Within a page.
      {{"", {{"a", "c"}, true, "t"}}, {"t", {{"b", "d"}, false, ""}}},  // From one page to the next.
      {{"", {{"a", "b"}, true, "t"}}, {"t", {{"b", "c"}, false, ""}}},  // A key twice.
  };
  for (const auto& pages : cases) {
    CannedS3 server(pages);
    const auto result = JobWorld(server.url()).Run(Request());
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("--listing serial"), std::string::npos) << result.error().ToString();
    EXPECT_EQ(server.manifest(), "(none)");
  }
}

TEST_P(OddListing, N4_SerialListingKeepsTheServersOrder) {
  CannedS3 server({{"", {{"a/b", "a-b"}, true, "t"}}, {"t", {{"a", "b"}, false, ""}}});
  JobRequest request = Request();
  request.order = listing::KeyOrder::kServer;
  const auto result = JobWorld(server.url()).Run(request);
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(KeysOf(server.manifest()), (std::vector<std::string>{"a/b", "a-b", "a", "b"}));
}

TEST_P(OddListing, N4_RepeatedTokenEndsWithAnErrorInBothOrders) {
  for (const auto order : {listing::KeyOrder::kBytes, listing::KeyOrder::kServer}) {
    for (const bool cycle : {false, true}) {
      std::map<std::string, Page> pages = {{"", {{"a"}, true, "t"}}, {"t", {{}, true, cycle ? "u" : "t"}}};
      if (cycle) pages["u"] = {{}, true, "t"};
      CannedS3 server(pages);
      JobRequest request = Request();
      request.order = order;
      const auto result = JobWorld(server.url()).Run(request);
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, ErrorCode::kDataLoss) << result.error().ToString();
      EXPECT_NE(result.error().message.find("token"), std::string::npos) << result.error().ToString();
      EXPECT_LE(server.requests(), 20);
      EXPECT_EQ(server.manifest(), "(none)");
    }
  }
}

TEST_P(OddListing, N4_KeyOutsideThePrefixIsRefused) {
  CannedS3 server({{"", {{"data/a", "dataset"}, false, ""}}});
  const auto result = JobWorld(server.url()).Run(Request("data/"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kDataLoss) << result.error().ToString();
  EXPECT_NE(result.error().message.find("dataset"), std::string::npos) << result.error().ToString();
  EXPECT_EQ(server.manifest(), "(none)");
}

TEST_P(OddListing, N4_TruncatedWithoutTokenIsNotTheEnd) {
  CannedS3 server({{"", {{"a"}, true, ""}}});
  const auto result = JobWorld(server.url()).Run(Request());
  ASSERT_FALSE(result);
  EXPECT_LE(server.requests(), 8);
  EXPECT_EQ(server.manifest(), "(none)");
}

TEST_P(OddListing, N5_EmptyTruncatedPageGoesOn) {
  CannedS3 server({{"", {{"a"}, true, "t"}},
                   {"t", {{}, true, "u"}},
                   {"u", {{}, true, "v"}},
                   {"v", {{"b"}, true, "w"}},
                   {"w", {{}, false, ""}}});
  const auto result = JobWorld(server.url()).Run(Request());
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(KeysOf(server.manifest()), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(result->count, 2U);
  EXPECT_GE(result->list_calls, 5U);
  EXPECT_LE(result->list_calls, IsSerial() ? 5U : 9U);
}

TEST_P(Storm, N11_ShortStormIsRiddenOut) {
  for (const int status : {500, 503}) {
    const auto shape = AwkwardKeys();
    SyntheticS3 server(shape, {.page_size = 3, .keep_uploads = true});
    server.StartRound([=](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
      if (request.number < 2 || request.number >= 7) return std::nullopt;
      return SyntheticFault{.status = status, .code = status == 500 ? "InternalError" : "SlowDown"};
    });
    JobWorld world(server.url());
    const auto result = world.Run(Request());
    ASSERT_TRUE(result) << result.error().ToString();
    EXPECT_EQ(KeysOf(Published(server)), Materialise(*shape));
    EXPECT_EQ(server.faults(), 5);
    EXPECT_EQ(world.waits().size(), 5U);
  }
}

TEST_P(Storm, N11_EndlessStormIsBoundedJitteredAndThrottled) {
  SyntheticS3 server(AwkwardKeys(), {.page_size = 3, .slow_down_every = 1});
  JobWorld world(server.url());
  const auto result = world.Run(Request());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kThrottled) << result.error().ToString();
  EXPECT_EQ(result.error().service_code, "SlowDown");
  EXPECT_EQ(server.requests(), 8);
  const auto waits = world.waits();
  ASSERT_EQ(waits.size(), 7U);
  std::chrono::milliseconds most{100};
  for (const auto wait : waits) {
    EXPECT_LE(wait, std::min(most, std::chrono::milliseconds(20'000)));
    most *= 2;
  }
  EXPECT_GE(std::set(waits.begin(), waits.end()).size(), 5U) << "the waits are not spread";
  ExpectNothingPublished(server);
}

TEST_P(Storm, N11_StopsBeforeTheDeadline) {
  SyntheticS3 server(AwkwardKeys(), {.slow_down_every = 1});
  JobWorld world(server.url());
  const TimePoint start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  CallContext context;
  context.deadline = start + std::chrono::milliseconds(900);
  const auto result = world.Run(Request(), context);
  ASSERT_FALSE(result);
  EXPECT_LT(server.requests(), 8);
  std::chrono::milliseconds waited{0};
  for (const auto wait : world.waits()) waited += wait;
  EXPECT_LE(waited, std::chrono::milliseconds(900));
  ExpectNothingPublished(server);
}

TEST_P(EmptyListing, I6_PrefixWithoutObjectsGivesAValidEmptyManifest) {
  SyntheticS3 server(AwkwardKeys(), {.keep_uploads = true});
  JobWorld world(server.url());
  const auto result = world.Run(Request("nothing/here/"));
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(result->count, 0U);
  EXPECT_EQ(result->error_count, 0U);
  EXPECT_TRUE(result->manifest_url.has_value());
  EXPECT_EQ(Published(server), "");
  EXPECT_GT(server.store()->Find("manifest")->size, 0U);

  server.StartRound();
  JobRequest csv = Request("nothing/here/");
  csv.format = manifest::Format::kCsv;
  ASSERT_TRUE(world.Run(csv));
  EXPECT_EQ(Published(server), "key,size,etag,last_modified,url,error\r\n");
}

TEST_P(OutputInsideTheSource, I7_ManifestListsNeitherItselfNorEarlierOnes) {
  const std::shared_ptr<const testing::KeyShape> shape = testing::KeysAsListed(
      {"a", "manifests", "manifests/0123456789abcdef.ndjson.gz", "manifests/deep/er", "manifests0", "z"});
  SyntheticS3 server(shape, {.page_size = 2, .keep_uploads = true});
  JobRequest request = Request();
  request.output = S3Target{request.bucket, "manifests/"};
  JobWorld world(server.url());
  const auto result = world.Run(request);
  ASSERT_TRUE(result) << result.error().ToString();
  ASSERT_TRUE(result->key.has_value());
  EXPECT_TRUE(result->key->starts_with("manifests/")) << *result->key;
  const auto object = server.store()->Find(*result->key);
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(KeysOf(Gunzip(object->body)), (std::vector<std::string>{"a", "manifests", "manifests0", "z"}));
  EXPECT_EQ(result->count, 4U);

  request.output = S3Target{request.bucket, "z"};
  ASSERT_TRUE(world.Run(request));
  const auto keys = KeysOf(Gunzip(server.store()->Find("z")->body));
  EXPECT_EQ(std::ranges::count(keys, "z"), 0);
  EXPECT_EQ(keys.size(), 5U);
}

TEST_P(OutputInsideTheSource, I7_OutputPrefixThatHoldsTheWholeListingIsRefused) {
  SyntheticS3 server(AwkwardKeys());
  JobRequest request = Request("data/");
  request.output = S3Target{request.bucket, "data/"};
  const auto result = JobWorld(server.url()).Run(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(server.requests(), 0);
}

SIGNPOST_AT_EVERY_CONCURRENCY(OddListing);
SIGNPOST_AT_EVERY_CONCURRENCY(Storm);
SIGNPOST_AT_EVERY_CONCURRENCY(EmptyListing);
SIGNPOST_AT_EVERY_CONCURRENCY(OutputInsideTheSource);

}  // namespace
}  // namespace signpost::job
