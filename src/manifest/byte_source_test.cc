#include "manifest/byte_source.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/curl_transport.h"
#include "manifest/footer.h"
#include "manifest/memory_s3_test.h"
#include "testing/fake_time.h"
#include "testing/loopback_server.h"
#include "testing/scripted_transport.h"

namespace signpost::manifest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::SyntheticCall;

std::string SourceBytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(testing::MixBits(i));
  return bytes;
}

/// Every kind of piece: the ends, the middle, nothing, all.
void ExpectReads(ByteSource& source, const std::string& content) {
  ASSERT_EQ(source.size(), content.size());
  const std::uint64_t size = content.size();
  const std::uint64_t footer = std::min<std::uint64_t>(size, kMaxFooterBytes);
  for (const auto& [first, length] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{{0, size},
                                                                                          {0, 0},
                                                                                          {size, 0},
                                                                                          {0, 1},
                                                                                          {size / 2, 1},
                                                                                          {size - 1, 1},
                                                                                          {size - footer, footer},
                                                                                          {size / 3, size / 3},
                                                                                          {size / 3, size - size / 3},
                                                                                          {0, size / 2}}) {
    if (first > size || length > size - first) continue;
    const auto read = source.Read({}, first, length);
    ASSERT_TRUE(read) << read.error().ToString();
    ASSERT_TRUE(*read == content.substr(first, length)) << first << ", " << length;
  }
}

http::Headers WithContentRange(std::string value) {
  http::Headers headers;
  headers.Add("Content-Range", std::move(value));
  return headers;
}

template <typename T>
void ExpectFailure(const Result<T>& outcome, ErrorCode code, std::string_view message) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(Name(outcome.error().code), Name(code));
  EXPECT_THAT(outcome.error().ToString(), HasSubstr(std::string(message)));
  EXPECT_THAT(outcome.error().ToString(), Not(HasSubstr("hidden")));
}

class FileSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "signpost-source-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Make(const std::string& content) {
    std::ofstream(folder_ / "file", std::ios::binary) << content;
    return (folder_ / "file").string();
  }

  std::filesystem::path folder_;
};

TEST_F(FileSourceTest, ReadsAnyPiece) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{200'000}}) {
    auto source = OpenFile(Make(SourceBytes(size)));
    ASSERT_TRUE(source);
    ExpectReads(**source, SourceBytes(size));
  }
}

TEST_F(FileSourceTest, SaysThatTheFileShrankMeanwhile) {
  const std::string path = Make(SourceBytes(1000));
  auto source = OpenFile(path);
  ASSERT_TRUE(source);
  std::filesystem::resize_file(path, 500);
  EXPECT_TRUE((*source)->Read({}, 0, 500));
  ExpectFailure((*source)->Read({}, 400, 200), ErrorCode::kConflict, "changed while it was read");
}

TEST_F(FileSourceTest, IsRefusedForWhatIsNoFile) {
  ExpectFailure(OpenFile((folder_ / "none").string()), ErrorCode::kNotFound, "No such file");
  ExpectFailure(OpenFile(folder_.string()), ErrorCode::kInvalidArgument, "not a regular file");
}

constexpr char kSourceKey[] = "manifests/a b.gz";

Result<std::unique_ptr<ByteSource>> OpenKey(MemoryS3& s3) {
  return OpenS3Object({}, &s3.client(), s3::TestBucket(), kSourceKey);
}

void Put(MemoryS3& s3, const std::string& content) { s3.store().Put(kSourceKey, content, content.size(), {}, false); }

TEST(S3Source, ReadsAnyPiece) {
  for (const std::size_t size :
       {std::size_t{1}, kMaxFooterBytes - 1, kMaxFooterBytes, kMaxFooterBytes + 1, std::size_t{200'000}}) {
    MemoryS3 s3;
    Put(s3, SourceBytes(size));
    auto source = OpenKey(s3);
    ASSERT_TRUE(source) << source.error().ToString();
    ExpectReads(**source, SourceBytes(size));
  }
}

TEST(S3Source, HasTheFooterAfterOneRequest) {
  MemoryS3 s3;
  Put(s3, SourceBytes(200'000));
  auto source = OpenKey(s3);
  ASSERT_TRUE(source);
  ASSERT_TRUE((*source)->Read({}, 200'000 - kMaxFooterBytes, kMaxFooterBytes));
  ASSERT_EQ(s3.calls().size(), 1U);
  EXPECT_EQ(s3.calls()[0].headers.Find("range"), "bytes=-65557");
}

TEST(S3Source, ReadsAnEmptyObject) {
  MemoryS3 s3([](const MemoryS3::Call& call) -> std::optional<Result<http::Response>> {
    if (call.call == SyntheticCall::kGet) return S3Refusal(416, "InvalidRange");
    return std::nullopt;
  });
  Put(s3, "");
  auto source = OpenKey(s3);
  ASSERT_TRUE(source) << source.error().ToString();
  ExpectReads(**source, "");
}

TEST(S3Source, ReadsFromAServerThatMistakesSuffixRanges) {
  for (const char* content_range : {"bytes -5-9/10", "bytes 0-9/10", "", "bytes */200000"}) {
    MemoryS3 s3([&](const MemoryS3::Call& call) -> std::optional<Result<http::Response>> {
      const auto range = call.headers.Find("range");
      if (!range || !range->starts_with("bytes=-")) return std::nullopt;
      return http::Response{.status = 206, .headers = WithContentRange(content_range), .body = "wrong"};
    });
    Put(s3, SourceBytes(200'000));
    auto source = OpenKey(s3);
    ASSERT_TRUE(source) << source.error().ToString();
    ExpectReads(**source, SourceBytes(200'000));
  }
}

TEST(S3Source, SaysThatTheObjectWasReplacedMeanwhile) {
  MemoryS3 s3;
  Put(s3, SourceBytes(200'000));
  auto source = OpenKey(s3);
  ASSERT_TRUE(source);
  Put(s3, SourceBytes(200'000));
  ExpectFailure((*source)->Read({}, 0, 100), ErrorCode::kConflict, "changed while it was read");
}

TEST(S3Source, SaysThatThereIsNoSuchObject) {
  MemoryS3 s3;
  ExpectFailure(OpenKey(s3), ErrorCode::kNotFound, "NoSuchKey");
}

/// A web server with one file.
struct WebFile {
  std::string content;
  std::string etag = "\"v1\"";
  bool ranges = true;
  bool suffix_ranges = true;
  int suffix_status = 416;  ///< Where it has no suffix ranges.
  bool tells_size_in_416 = true;
  bool heeds_if_match = true;
  std::uint64_t most = UINT64_MAX;  ///< Bytes in an answer to a range.

  http::Response Serve(const http::Request& request) const {
    const auto if_match = request.headers.Find("If-Match");
    if (if_match && heeds_if_match && *if_match != etag) return {.status = 412, .headers = {}, .body = {}};
    std::string_view range = request.headers.Find("Range").value_or("");
    if (!ranges || range.empty()) return {.status = 200, .headers = Fields(""), .body = content};
    range.remove_prefix(std::string_view("bytes=").size());
    const std::size_t dash = range.find('-');
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
    if (dash == 0) {
      if (!suffix_ranges) return Unsatisfied(suffix_status);
      first = content.size() - std::min<std::uint64_t>(last, content.size());
      last = content.size() - 1;
    } else {
      std::from_chars(range.data(), range.data() + dash, first);
    }
    if (first >= content.size()) return Unsatisfied(416);
    const std::string body = content.substr(first, std::min(last - first + 1, most));
    const std::string field = fmt::format("bytes {}-{}/{}", first, first + body.size() - 1, content.size());
    return {.status = 206, .headers = Fields(field), .body = body};
  }

 private:
  http::Headers Fields(const std::string& content_range) const {
    http::Headers headers;
    if (!etag.empty()) headers.Add("ETag", etag);
    if (!content_range.empty()) headers.Add("Content-Range", content_range);
    return headers;
  }
  http::Response Unsatisfied(int status) const {
    return {.status = status,
            .headers = Fields(tells_size_in_416 && status == 416 ? fmt::format("bytes */{}", content.size()) : ""),
            .body = {}};
  }
};

/// Opens and reads URLs without a network; `spoil` may change answers.
class Web {
 public:
  using Spoil = std::function<void(http::Response*, int number)>;

  explicit Web(WebFile served, Spoil spoil = nullptr)
      : file(std::move(served)),
        transport_([this, spoil](const http::Request& request, int number) -> Result<http::Response> {
          http::Response answer = file.Serve(request);
          if (spoil) spoil(&answer, number);
          if (answer.body.size() > request.max_body_bytes) return Fail(ErrorCode::kDataLoss, "the answer is too large");
          return answer;
        }) {}

  Result<std::unique_ptr<ByteSource>> Open() {
    return OpenUrl({}, &transport_, &retrier_, "https://web.test/m.gz?X-Amz-Signature=hidden");
  }
  std::vector<std::string> ranges() const {
    std::vector<std::string> ranges;
    for (const auto& sent : transport_.sent()) ranges.emplace_back(sent.request.headers.Find("Range").value_or("none"));
    return ranges;
  }
  const testing::ScriptedTransport& transport() const { return transport_; }

  WebFile file;

 private:
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_{1};
  http::RetryBudget budget_;
  http::Retrier retrier_{{}, &budget_, &clock_, &sleeper_, &random_};
  testing::ScriptedTransport transport_;
};

TEST(UrlSource, HasTheFooterAndASmallFileAfterOneRequest) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, kMaxFooterBytes, std::size_t{200'000}}) {
    Web web({.content = SourceBytes(size)});
    auto source = web.Open();
    ASSERT_TRUE(source) << source.error().ToString();
    const std::size_t footer = std::min(size, kMaxFooterBytes);
    const auto read = (*source)->Read({}, size - footer, footer);
    ASSERT_TRUE(read);
    EXPECT_TRUE(*read == web.file.content.substr(size - footer));
    EXPECT_THAT(web.ranges(), ElementsAre("bytes=-65557"));
  }
}

/// How servers differ.
std::vector<WebFile> Servers(const std::string& content) {
  return {{.content = content},
          {.content = content, .etag = ""},
          {.content = content, .etag = "W/\"v1\""},
          {.content = content, .ranges = false},
          {.content = content, .suffix_ranges = false},
          {.content = content, .suffix_ranges = false, .tells_size_in_416 = false},
          {.content = content, .suffix_ranges = false, .suffix_status = 400},
          {.content = content, .suffix_ranges = false, .suffix_status = 501},
          {.content = content, .tells_size_in_416 = false},
          {.content = content, .heeds_if_match = false},
          {.content = content, .most = 30'000}};
}

TEST(UrlSource, ReadsAnyPieceFromAnyServer) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kMaxFooterBytes - 1, kMaxFooterBytes,
                                 kMaxFooterBytes + 1, std::size_t{200'000}}) {
    const auto servers = Servers(SourceBytes(size));
    for (std::size_t i = 0; i < servers.size(); ++i) {
      SCOPED_TRACE(fmt::format("server {}, {} bytes", i, size));
      Web web(servers[i]);
      auto source = web.Open();
      ASSERT_TRUE(source) << source.error().ToString();
      ExpectReads(**source, servers[i].content);
    }
  }
}

TEST(UrlSource, AsksForTheFirstByteWhereTheServerHasNoSuffixRanges) {
  Web web({.content = SourceBytes(1000), .suffix_ranges = false});
  auto source = web.Open();
  ASSERT_TRUE(source);
  ASSERT_TRUE((*source)->Read({}, 500, 500));
  EXPECT_THAT(web.ranges(), ElementsAre("bytes=-65557", "bytes=0-0", "bytes=500-999"));
}

TEST(UrlSource, IsRefusedForALargeFileFromAServerWithoutRanges) {
  Web most({.content = SourceBytes(16 << 20), .ranges = false});
  EXPECT_TRUE(most.Open());
  Web larger({.content = SourceBytes((16 << 20) + 1), .ranges = false});
  ExpectFailure(larger.Open(), ErrorCode::kInvalidArgument, "does not serve byte ranges");
}

TEST(UrlSource, TakesNoMoreMemoryThanItAskedFor) {
  Web web({.content = SourceBytes(300'000)});
  auto source = web.Open();
  ASSERT_TRUE(source);
  ASSERT_TRUE((*source)->Read({}, 0, 1000));
  EXPECT_LE(web.transport().sent()[0].request.max_body_bytes, 16U << 20);
  EXPECT_LE(web.transport().sent()[1].request.max_body_bytes, 1000U + (64U << 10));
}

TEST(UrlSource, AsksForTheRestOfAShortAnswer) {
  Web web({.content = SourceBytes(200'000), .most = 40'000});
  auto source = web.Open();
  ASSERT_TRUE(source);
  const auto read = (*source)->Read({}, 0, 100'000);
  ASSERT_TRUE(read);
  EXPECT_TRUE(*read == web.file.content.substr(0, 100'000));
  EXPECT_THAT(web.ranges(),
              ElementsAre("bytes=-65557", "bytes=0-0", "bytes=0-99999", "bytes=40000-99999", "bytes=80000-99999"));
}

/// Opens a file of 200,000 bytes and reads 1,000 from byte 100 on, with the answer to the read changed.
Result<std::string> ReadSpoilt(const std::function<void(http::Response*)>& spoil) {
  Web web({.content = SourceBytes(200'000)}, [&spoil](http::Response* answer, int number) {
    if (number > 0) spoil(answer);
  });
  auto source = web.Open();
  if (!source) return Forward(source);
  return (*source)->Read({}, 100, 1000);
}

TEST(UrlSource, RefusesAnAnswerThatIsNotWhatWasAskedFor) {
  ASSERT_TRUE(ReadSpoilt([](http::Response*) {}));
  for (const char* field : {"bytes 101-1100/200000", "bytes 0-999/200000", "bytes 100-1100/200000",
                            "bytes 100-1098/200000", "bytes 100-1099/*", "items 100-1099/200000", ""}) {
    ExpectFailure(ReadSpoilt([field](http::Response* answer) { answer->headers = WithContentRange(field); }),
                  ErrorCode::kDataLoss, "asked for 1000 bytes from byte 100 on");
  }
  ExpectFailure(ReadSpoilt([](http::Response* answer) { answer->body.pop_back(); }), ErrorCode::kDataLoss,
                "the server sent 999 bytes");
  ExpectFailure(ReadSpoilt([](http::Response* answer) { answer->body.clear(); }), ErrorCode::kDataLoss,
                "the server sent 0 bytes");
}

TEST(UrlSource, SaysThatTheFileChangedMeanwhile) {
  const auto read_after = [](WebFile before, WebFile after) {
    Web web(std::move(before));
    auto source = web.Open();
    EXPECT_TRUE(source);
    web.file = std::move(after);
    return (*source)->Read({}, 100, 1000);
  };
  const std::string old = SourceBytes(200'000);
  const std::string message = "changed while it was read";
  // With If-Match; by the ETag of a server that does not heed it; by the size alone; by the status.
  ExpectFailure(read_after({.content = old}, {.content = old, .etag = "\"v2\""}), ErrorCode::kConflict, message);
  ExpectFailure(read_after({.content = old}, {.content = old, .etag = "\"v2\"", .heeds_if_match = false}),
                ErrorCode::kConflict, message);
  ExpectFailure(read_after({.content = old, .etag = "W/\"1\""}, {.content = old, .etag = "W/\"2\""}),
                ErrorCode::kConflict, message);
  ExpectFailure(read_after({.content = old, .etag = ""}, {.content = SourceBytes(200'001), .etag = ""}),
                ErrorCode::kConflict, message);
  ExpectFailure(read_after({.content = old, .etag = ""}, {.content = SourceBytes(50), .etag = ""}),
                ErrorCode::kConflict, message);
  ExpectFailure(read_after({.content = old, .etag = ""}, {.content = SourceBytes(2000), .etag = "", .ranges = false}),
                ErrorCode::kConflict, message);
}

TEST(UrlSource, TellsARefusalWithoutTheQuery) {
  for (const auto& [status, code] :
       std::vector<std::pair<int, ErrorCode>>{{403, ErrorCode::kDenied}, {404, ErrorCode::kNotFound}}) {
    const int answered = status;
    Web web({.content = "x"},
            [answered](http::Response* answer, int) { *answer = {.status = answered, .headers = {}, .body = {}}; });
    ExpectFailure(web.Open(), code, "https://web.test/m.gz");
    EXPECT_EQ(web.ranges().size(), 1U);
  }
}

TEST(UrlSource, AsksAgainAfterAPassingFailure) {
  Web web({.content = SourceBytes(200'000)}, [](http::Response* answer, int number) {
    if (number % 2 == 0) *answer = {.status = 503, .headers = {}, .body = {}};
  });
  auto source = web.Open();
  ASSERT_TRUE(source) << source.error().ToString();
  ExpectReads(**source, web.file.content);
}

TEST(UrlSource, ReadsOverTheWire) {
  static const http::CurlGlobal global;
  for (const WebFile& file : {WebFile{.content = SourceBytes(200'000)},
                              WebFile{.content = SourceBytes(200'000), .ranges = false}, WebFile{.content = ""}}) {
    testing::LoopbackServer server([&file](const testing::ServerRequest& request) {
      http::Request asked;
      asked.headers = request.headers;
      http::Response answer = file.Serve(asked);
      testing::ServerReply reply;
      reply.status = answer.status;
      reply.headers = answer.headers.fields();
      reply.body = std::move(answer.body);
      return reply;
    });
    SystemClock clock;
    testing::FakeClock fake;
    testing::FakeSleeper sleeper(&fake);
    testing::SeededRandom random(1);
    http::CurlTransport transport({}, &clock);
    http::RetryBudget budget;
    http::Retrier retrier({}, &budget, &clock, &sleeper, &random);
    auto source = OpenUrl({}, &transport, &retrier, server.url() + "/m.gz");
    ASSERT_TRUE(source) << source.error().ToString();
    ExpectReads(**source, file.content);
  }
}

}  // namespace
}  // namespace signpost::manifest
