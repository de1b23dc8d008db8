#include "manifest/writer.h"

#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "manifest/member_reader.h"
#include "manifest/padding.h"

namespace signpost::manifest {
namespace {

/// Counts what is written and keeps its end.
class TailSink final : public Sink {
 public:
  Status Write(const CallContext& /*context*/, std::string_view bytes) override {
    written_ += bytes.size();
    last = bytes;
    return {};
  }
  Status Publish(const CallContext& /*context*/) override {
    ++published;
    return {};
  }
  Status Abandon(const CallContext& /*context*/) override { return {}; }
  std::uint64_t bytes_written() const override { return written_; }

  std::string last;  ///< What was written last.
  int published = 0;

 private:
  std::uint64_t written_ = 0;
};

std::uint32_t Crc32Of(std::string_view text) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

/// Appends `count` blocks of random length and rows; a few are empty. Notes where each member is, which the writer does
/// not keep.
std::vector<Footer::Member> AppendBlocks(Writer* writer, const TailSink& sink, int count, std::mt19937* engine) {
  std::vector<Footer::Member> all;
  std::uint64_t rows = 0;
  while (static_cast<int>(all.size()) < count) {
    Block block;
    block.rows = (*engine)() % 1000;
    if ((*engine)() % 10 == 0) {
      block.rows = 0;
    } else {
      block.bytes.assign(1 + (*engine)() % 50, 'x');
      all.push_back({.offset = sink.bytes_written(), .first_row = rows});
    }
    EXPECT_TRUE(writer->Append({}, block));
    rows += block.rows;
  }
  return all;
}

class WriterIndex : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Members, WriterIndex,
                         ::testing::Values(0, 1, 2, 4095, 4096, 4097, 4098, 8191, 8192, 8193, 8194, 20'000, 70'000));

TEST_P(WriterIndex, StaysBoundedAndHoldsTruePlacesEvenlySpread) {
  const std::uint32_t seed = std::random_device()();
  std::printf("seed %u\n", seed);
  std::mt19937 engine(seed);
  TailSink sink;
  Writer writer(&sink, Compression::kGzip, {.bucket = "data"});
  ASSERT_TRUE(writer.Begin({}));
  const std::vector<Footer::Member> all = AppendBlocks(&writer, sink, GetParam(), &engine);
  const std::uint64_t footer_at = sink.bytes_written();
  ASSERT_TRUE(writer.Finish({}));
  EXPECT_EQ(sink.published, 1);

  // The slow version: the smallest power of two as stride with which no more than 4,096 are left.
  std::size_t stride = 1;
  while ((all.size() + stride - 1) / stride > 4096) stride *= 2;
  std::vector<Footer::Member> expected;
  for (std::size_t i = 0; i < all.size(); i += stride) expected.push_back(all[i]);
  EXPECT_TRUE(writer.footer().members == expected)
      << writer.footer().members.size() << " instead of " << expected.size() << ", stride " << stride;

  ASSERT_LE(sink.last.size(), kMaxFooterBytes);
  const auto found = DecodeFooter(sink.last, sink.bytes_written());
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_EQ(found->offset, footer_at);
  EXPECT_TRUE(found->footer.members == expected);
}

TEST(Writer, SumsUpItsBlocksAsOneContent) {
  TailSink sink;
  Writer writer(&sink, Compression::kGzip, {.format = Format::kCsv, .bucket = "data"});
  ASSERT_TRUE(writer.Begin({}));
  std::string content = "key,size,etag,last_modified,url,error\r\n";
  std::uint64_t rows = 0;
  for (const std::string text : {"first\r\n", "", "second and third\r\n", "x"}) {
    Block block{.bytes = text, .rows = text.size(), .error_rows = 1, .object_bytes = 1000};
    block.content_bytes = text.size();
    block.content_crc32 = Crc32Of(text);
    ASSERT_TRUE(writer.Append({}, block));
    content += text;
    rows += text.size();
  }
  ASSERT_TRUE(writer.Finish({}));
  EXPECT_EQ(writer.footer().content_bytes, content.size());
  EXPECT_EQ(writer.footer().content_crc32, Crc32Of(content));
  EXPECT_EQ(writer.footer().rows, rows);
  EXPECT_EQ(writer.footer().error_rows, 4U);
  EXPECT_EQ(writer.footer().object_bytes, 4000U);
}

TEST(Writer, GoesOnWhereAnotherHasStopped) {
  const std::vector<std::string> texts = {"a\n", "bb\n", "ccc\n", "dddd\n", "eeeee\n"};
  const auto append = [&texts](Writer* writer, std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      Block block{.bytes = texts[i], .rows = 1, .error_rows = i % 2, .object_bytes = i};
      block.content_bytes = texts[i].size();
      block.content_crc32 = Crc32Of(texts[i]);
      ASSERT_TRUE(writer->Append({}, block));
    }
  };
  TailSink whole_sink;
  Writer whole(&whole_sink, Compression::kGzip, {.bucket = "data"});
  append(&whole, 0, texts.size());
  ASSERT_TRUE(whole.Finish({}));
  for (std::size_t cut = 0; cut <= texts.size(); ++cut) {
    TailSink sink;
    Writer first(&sink, Compression::kGzip, {.bucket = "data"});
    append(&first, 0, cut);
    const Footer& so_far = first.footer();
    Writer second(
        &sink, Compression::kGzip,
        {.rows = so_far.rows, .error_rows = so_far.error_rows, .object_bytes = so_far.object_bytes, .bucket = "data"},
        first.totals());
    append(&second, cut, texts.size());
    ASSERT_TRUE(second.Finish({}));
    EXPECT_EQ(sink.last, whole_sink.last) << "the footer, after " << cut;
  }
}

TEST(Writer, PadsWithMembersThatHoldNothing) {
  TailSink sink;
  Writer writer(&sink, Compression::kGzip, {.bucket = "data"});
  ASSERT_TRUE(writer.Pad({}, 100'000));
  EXPECT_GE(sink.bytes_written(), 100'000U);
  EXPECT_EQ(sink.bytes_written() % 65'557, 0U);
  EXPECT_TRUE(writer.footer().members.empty());
  std::size_t content = 0;
  MemberReader reader([&content](std::string_view bytes) { content += bytes.size(); }, [](std::uint64_t) {});
  EXPECT_TRUE(reader.Add(PaddingMembers(100'000)));
  EXPECT_TRUE(reader.at_member_end());
  EXPECT_EQ(content, 0U);
  Writer plain(&sink, Compression::kNone, {.bucket = "data"});
  EXPECT_FALSE(plain.Pad({}, 1));
}

TEST(Writer, WritesNoFooterWithoutCompression) {
  TailSink sink;
  Writer writer(&sink, Compression::kNone, {.bucket = "data"});
  ASSERT_TRUE(writer.Begin({}));
  ASSERT_TRUE(writer.Append({}, {.bytes = "row\n", .rows = 1}));
  ASSERT_TRUE(writer.Finish({}));
  EXPECT_EQ(sink.last, "row\n");
  EXPECT_EQ(sink.bytes_written(), 4U);
  EXPECT_EQ(sink.published, 1);
}

}  // namespace
}  // namespace signpost::manifest
