#include "manifest/verifier.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "manifest/block.h"
#include "manifest/presigner_fixture_test.h"
#include "manifest/writer.h"

namespace signpost::manifest {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

/// Keeps what is written.
class MemorySink final : public Sink {
 public:
  Status Write(const CallContext& /*context*/, std::string_view bytes) override {
    starts.push_back(bytes_.size());
    bytes_.append(bytes);
    return {};
  }
  Status Publish(const CallContext& /*context*/) override { return {}; }
  Status Abandon(const CallContext& /*context*/) override { return {}; }
  std::uint64_t bytes_written() const override { return bytes_.size(); }
  const std::string& bytes() const { return bytes_; }

  std::vector<std::size_t> starts;  ///< Where each write began: one gzip member each.

 private:
  std::string bytes_;
};

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::string> Read(const CallContext& /*context*/, std::uint64_t first, std::uint64_t length) override {
    ++reads;
    return bytes_.substr(first, length);
  }

  int reads = 0;

 private:
  const std::string bytes_;
};

struct Manifest {
  std::string bytes;
  std::vector<std::size_t> starts;
  std::string Member(std::size_t i) const {
    return bytes.substr(starts[i], (i + 1 < starts.size() ? starts[i + 1] : bytes.size()) - starts[i]);
  }
};

const std::vector<std::string> kKeys = {"a\r\nb", "a b",   "a+b",    "a,\"b\"", "a\xe2\x80\xa8z",
                                        "a\xff",  "b\"\\", "c/../d", "e//f",    "\xc3\xa9"};

Manifest Write(Format format, Compression compression = Compression::kGzip, std::vector<std::string> keys = kKeys,
               bool in_key_order = true) {
  MemorySink sink;
  Writer writer(&sink, compression, {.format = format, .bucket = "data", .in_key_order = in_key_order});
  BlockEncoder encoder(format, compression);
  const Presigner presigner = TestPresigner();
  EXPECT_TRUE(writer.Begin({}));
  for (std::size_t at = 0; at < keys.size(); at += 3) {
    std::vector<s3::ListedObject> page;
    for (std::size_t i = at; i < std::min(at + 3, keys.size()); ++i) {
      page.push_back({.key = keys[i],
                      .size = 100 + i,
                      .etag = "0123456789abcdef0123456789abcdef",
                      .last_modified = "2026-01-01T00:00:00.000Z",
                      .storage_class = i == 4 ? "GLACIER" : "STANDARD"});
    }
    EXPECT_TRUE(writer.Append({}, *encoder.Encode(page, presigner)));
  }
  EXPECT_TRUE(writer.Finish({}));
  return {sink.bytes(), sink.starts};
}

VerifyReport Check(std::string bytes, VerifyOptions options = {}) {
  MemorySource source(std::move(bytes));
  auto report = Verify(source, {}, options);
  EXPECT_TRUE(report) << report.error().ToString();
  return report ? *report : VerifyReport{};
}

/// What zlib alone makes of the bytes; nothing when they are not whole gzip members.
std::optional<std::string> Gunzip(std::string_view bytes) {
  std::string content(1 << 20, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, 31) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(content.data());
  stream.avail_out = static_cast<uInt>(content.size());
  int outcome = Z_STREAM_END;
  while (stream.avail_in > 0 && outcome == Z_STREAM_END) {
    inflateReset(&stream);
    outcome = inflate(&stream, Z_FINISH);
  }
  content.resize(content.size() - stream.avail_out);
  inflateEnd(&stream);
  if (outcome != Z_STREAM_END) return std::nullopt;
  return content;
}

class VerifyEveryFormat : public ::testing::TestWithParam<Format> {};
INSTANTIATE_TEST_SUITE_P(Formats, VerifyEveryFormat, ::testing::Values(Format::kNdjson, Format::kCsv, Format::kUrls),
                         [](const auto& each) { return std::string(Name(each.param)); });

TEST_P(VerifyEveryFormat, FindsAWholeManifestComplete) {
  const VerifyReport report = Check(Write(GetParam()).bytes);
  EXPECT_TRUE(report.complete()) << ::testing::PrintToString(report.problems);
  EXPECT_EQ(report.rows_read, GetParam() == Format::kUrls ? 9u : 10u);
  EXPECT_EQ(report.footer->error_rows, 1u);
}

TEST_P(VerifyEveryFormat, FindsAManifestOfNoRowsComplete) {
  const VerifyReport report = Check(Write(GetParam(), Compression::kGzip, {}).bytes);
  EXPECT_TRUE(report.complete()) << ::testing::PrintToString(report.problems);
  EXPECT_EQ(report.rows_read, 0u);
}

TEST_P(VerifyEveryFormat, FindsAnyChangedBitUnlessTheContentIsTheSame) {
  const std::string whole = Write(GetParam()).bytes;
  const auto content = Gunzip(whole);
  ASSERT_TRUE(content);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      if (Check(changed).complete()) {
        EXPECT_EQ(Gunzip(changed), content) << "byte " << at << ", bit " << bit;
      }
    }
  }
}

TEST_P(VerifyEveryFormat, FindsACutAtAnyByte) {
  const std::string whole = Write(GetParam()).bytes;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const VerifyReport report = Check(whole.substr(0, size));
    ASSERT_FALSE(report.complete()) << size;
    ASSERT_FALSE(report.problems.empty()) << size;
  }
}

TEST_P(VerifyEveryFormat, FindsADroppedMember) {
  const Manifest whole = Write(GetParam());
  for (std::size_t dropped = 0; dropped < whole.starts.size(); ++dropped) {
    std::string bytes;
    for (std::size_t i = 0; i < whole.starts.size(); ++i) {
      if (i != dropped) bytes += whole.Member(i);
    }
    EXPECT_FALSE(Check(bytes).complete()) << dropped;
  }
}

TEST_P(VerifyEveryFormat, CannotProveAnUncompressedManifestComplete) {
  const VerifyReport report = Check(Write(GetParam(), Compression::kNone).bytes);
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(report.rows_read, GetParam() == Format::kUrls ? 9u : 10u);
  EXPECT_EQ(report.problems.size(), 1u) << ::testing::PrintToString(report.problems);
  EXPECT_THAT(report.problems, Contains(HasSubstr("uncompressed")));
}

TEST(Verify, FindsSwappedMembers) {
  const Manifest whole = Write(Format::kNdjson);
  const std::string swapped = whole.Member(1) + whole.Member(0) + whole.Member(2) + whole.Member(3) + whole.Member(4);
  ASSERT_EQ(swapped.size(), whole.bytes.size());
  const VerifyReport report = Check(swapped);
  EXPECT_FALSE(report.complete());
  EXPECT_THAT(report.problems, Contains(HasSubstr("out of key order")));
  EXPECT_THAT(report.problems, Contains(HasSubstr("CRC-32")));
}

TEST(Verify, FindsGarbageAfterTheFooterAndTwoManifestsInOne) {
  const std::string whole = Write(Format::kNdjson).bytes;
  EXPECT_FALSE(Check(whole + "x").complete());
  EXPECT_FALSE(Check(whole + std::string(512, '\0')).complete());
  const VerifyReport twice = Check(whole + whole);
  EXPECT_FALSE(twice.complete());
  EXPECT_THAT(twice.problems, Contains(HasSubstr("belongs to a file of")));
}

TEST(Verify, FindsKeysOutOfOrderUnlessTheFooterSaysThatTheyAre) {
  const std::vector<std::string> keys = {"b", "a", "c"};
  const VerifyReport promised = Check(Write(Format::kNdjson, Compression::kGzip, keys).bytes);
  EXPECT_THAT(promised.problems, ::testing::ElementsAre("row 2 is out of key order"));
  EXPECT_TRUE(Check(Write(Format::kNdjson, Compression::kGzip, keys, false).bytes).complete());
}

TEST(Verify, FindsAKeyThatStandsTwice) {
  const VerifyReport report = Check(Write(Format::kCsv, Compression::kGzip, {"a", "a"}).bytes);
  EXPECT_THAT(report.problems, ::testing::ElementsAre("row 2 is out of key order"));
}

TEST(Verify, ReadsOnlyTheEndWhenTheFooterIsEnough) {
  MemorySource source(Write(Format::kNdjson).bytes);
  auto report = Verify(source, {}, {.footer_only = true});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->complete());
  EXPECT_EQ(report->footer->rows, 10u);
  EXPECT_EQ(report->rows_read, 0u);
  EXPECT_EQ(source.reads, 1);
}

TEST(Verify, PassesOnThatItWasCancelled) {
  std::stop_source stop;
  stop.request_stop();
  MemorySource source(Write(Format::kNdjson).bytes);
  auto report = Verify(source, {.stop = stop.get_token(), .deadline = std::nullopt});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace signpost::manifest
