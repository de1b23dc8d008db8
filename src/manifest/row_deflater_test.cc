#include "manifest/row_deflater.h"

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "manifest/block.h"
#include "manifest/inflate_fixture_test.h"
#include "manifest/presigner_fixture_test.h"

namespace signpost::manifest {
namespace {

std::uint32_t Crc32(std::string_view text) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(text.data()), text.size()));
}

/// The text of a gzip member.
std::string Unpack(std::string_view member, std::size_t most) { return Inflate(member, most, 31); }

std::size_t ZlibSize(std::string_view text, int level) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  EXPECT_EQ(compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
                      text.size(), level),
            Z_OK);
  return size;
}

/// Packs rows of several texts one after the other, as a worker does.
class Packer {
 public:
  static constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

  /// Settles after every so many rows.
  void Expect(std::string_view text, std::span<const RowPieces> rows, std::size_t settle_after = kNever) {
    std::string unsettled;
    std::size_t added = 0;
    for (RowPieces row : rows) {
      const std::size_t end = row.begin.back();
      const std::size_t moved = added - unsettled.size();
      unsettled += text.substr(added, end - added);
      added = end;
      for (std::size_t& begin : row.begin) begin -= moved;
      deflater_.AddRow(row);
      if (++added_rows_ % settle_after == 0) deflater_.Settle(&unsettled);
    }
    unsettled += text.substr(added);
    const auto member = deflater_.Pack(unsettled);
    ASSERT_TRUE(member) << member.error().ToString();
    EXPECT_EQ(member->text_bytes, text.size());
    EXPECT_EQ(member->text_crc32, Crc32(text));
    const std::string unpacked = Unpack(member->bytes, text.size());
    // Not EXPECT_EQ, which would look for the least difference of two long texts.
    EXPECT_TRUE(unpacked == text) << text.size() << " bytes in " << rows.size() << " rows: " << unpacked.substr(0, 80);
  }

 private:
  RowDeflater deflater_;
  std::size_t added_rows_ = 0;
};

std::string RandomText(std::mt19937* random, std::size_t size, int alphabet) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>((*random)() % alphabet + (alphabet < 200 ? 'a' : 0));
  return text;
}

std::string RandomDigits(std::mt19937* random, std::size_t size) {
  std::string digits(size, '\0');
  for (char& c : digits) c = "0123456789abcdef"[(*random)() % 16];
  return digits;
}

/// A row much like the one before, in pieces that may or may not be those that changed.
std::string Changed(std::mt19937* random, std::string row) {
  for (int changes = static_cast<int>((*random)() % 6); changes > 0; --changes) {
    const std::size_t at = row.empty() ? 0 : (*random)() % row.size();
    const int alphabet = (*random)() % 2 == 0 ? 16 : 256;
    row.replace(at, (*random)() % 9, RandomText(random, (*random)() % 9, alphabet));
  }
  return row;
}

RowPieces AnyPieces(std::mt19937* random, std::size_t begin, std::size_t size) {
  RowPieces row;
  for (std::size_t& at : row.begin) at = begin + (*random)() % (size + 1);
  std::ranges::sort(row.begin);
  row.begin.front() = begin;
  row.begin.back() = begin + size;
  return row;
}

TEST(RowDeflater, UnpacksToTheTextWhateverThePieces) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  Packer packer;
  for (int round = 0; round < 300; ++round) {
    std::string row = RandomText(&random, random() % 2'000, random() % 2 == 0 ? 16 : 256);
    std::string text;
    std::vector<RowPieces> rows;
    for (std::size_t count = random() % 40 + 1; count > 0; --count) {
      row = Changed(&random, std::move(row));
      rows.push_back(AnyPieces(&random, text.size(), row.size()));
      text += row;
    }
    packer.Expect(text, rows, random() % 2 == 0 ? Packer::kNever : 1 + random() % 10);
  }
}

TEST(RowDeflater, TextWithoutRowsIsLiterals) {
  Packer packer;
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  for (const std::string& text :
       {std::string("a"), std::string("key,size\r\n"), std::string(100'000, '0'), all, all + std::string(5'000, 'x')}) {
    packer.Expect(text, {});
  }
}

TEST(RowDeflater, CopiesOfEachLength) {
  Packer packer;
  for (std::size_t size = 1; size < 1'100; ++size) {
    const std::string same(size, 's');
    const std::string text = "1" + same + "2" + same;
    std::vector<RowPieces> rows(2);
    for (std::size_t row = 0; row < 2; ++row) {
      rows[row].begin.fill(row * (size + 1) + 1);
      rows[row].begin.front() = row * (size + 1);
      rows[row].begin.back() = (row + 1) * (size + 1);
    }
    packer.Expect(text, rows);
  }
}

TEST(RowDeflater, CopiesFromEachDistanceAndBeyond) {
  Packer packer;
  for (std::size_t size :
       {1, 2, 3, 4, 5, 6, 8, 9, 12, 13, 1'000, 1'024, 1'025, 8'192, 8'193, 32'767, 32'768, 32'769, 40'000, 70'000}) {
    std::string text;
    std::vector<RowPieces> rows;
    for (int i = 0; i < 6; ++i) {
      RowPieces row;
      row.begin.fill(text.size());
      text += std::string(size, 'd');
      row.begin.back() = text.size();
      rows.push_back(row);
    }
    packer.Expect(text, rows);
  }
}

/// A row ends, and a text settles, with so many bytes of a copy or of a literal.
TEST(RowDeflater, SettlesAnywhere) {
  for (std::size_t same = 0; same < 12; ++same) {
    std::string text;
    std::vector<RowPieces> rows;
    for (char different = 'a'; different <= 'z'; ++different) {
      RowPieces row;
      row.begin.fill(text.size());
      text += std::string(same, 's') + different;
      row.begin[RowPieces::kKey] = text.size() - 1;
      std::fill(row.begin.begin() + RowPieces::kBeforeSize, row.begin.end(), text.size());
      text += std::string(same, 's');
      row.begin.back() = text.size();
      rows.push_back(row);
    }
    for (const std::size_t settle_after : {1, 2, 3, 26}) {
      Packer().Expect(text, rows, settle_after);
      Packer().Expect(text + "behind", rows, settle_after);
    }
  }
}

TEST(RowDeflater, SettledTextIsItsLastRow) {
  RowDeflater deflater;
  std::string text;
  deflater.Settle(&text);
  EXPECT_EQ(text, "");
  RowPieces row;
  for (const char* const bytes : {"one", "two"}) {
    row.begin.fill(text.size());
    text += bytes;
    row.begin.back() = text.size();
    deflater.AddRow(row);
  }
  deflater.Settle(&text);
  EXPECT_EQ(text, "two");
  deflater.Settle(&text);
  EXPECT_EQ(text, "two");
  const auto member = deflater.Pack(text);
  ASSERT_TRUE(member);
  EXPECT_EQ(member->text_bytes, 6U);
  EXPECT_EQ(Unpack(member->bytes, 6), "onetwo");
}

/// Codes are made from some rows only.
TEST(RowDeflater, ARowUnlikeAllOthersKeepsItsBytes) {
  for (const std::size_t odd_one : {0, 1, 2, 6, 7, 500, 998, 999}) {
    std::string text;
    std::vector<RowPieces> rows;
    for (std::size_t i = 0; i < 1'000; ++i) {
      RowPieces row;
      row.begin.fill(text.size());
      text += "0123456789";
      if (i == odd_one) {
        for (int byte = 0; byte < 256; ++byte) text.push_back(static_cast<char>(byte));
      }
      row.begin.back() = text.size();
      rows.push_back(row);
    }
    Packer().Expect(text, rows);
  }
}

/// Also in its codes, which are made from some of the rows.
TEST(BlockEncoder, APageLeftOutDoesNotChangeTheNextOne) {
  const Presigner presigner = TestPresigner();
  std::vector<std::string> keys;
  for (int i = 0; i < 200; ++i) keys.emplace_back(1 + i % 37, static_cast<char>('a' + i % 26));
  const auto page = [&keys](std::string_view storage_class) {
    std::vector<s3::ListedObject> objects;
    for (const std::string& key : keys) {
      objects.push_back({.key = key,
                         .size = 1,
                         .etag = "",
                         .last_modified = "2026-01-01T00:00:00.000Z",
                         .storage_class = storage_class});
    }
    return objects;
  };
  BlockEncoder encoder(Format::kUrls, Compression::kGzip);
  const auto first = encoder.Encode(page("STANDARD"), presigner);
  const auto left_out = encoder.Encode(page("GLACIER"), presigner);
  const auto next = encoder.Encode(page("STANDARD"), presigner);
  ASSERT_TRUE(first && left_out && next);
  EXPECT_EQ(left_out->bytes, "");
  EXPECT_TRUE(first->bytes == next->bytes);
}

/// Keys of several forms, in order.
std::vector<std::vector<std::string>> PagesOfKeys(std::mt19937* random) {
  std::vector<std::vector<std::string>> pages(4);
  for (int i = 0; i < 1'000; ++i) {
    char sequence[64];
    std::snprintf(sequence, sizeof sequence, "logs/2026/01/%02d/part-%06d.parquet", i / 50, i * 7);
    pages[0].emplace_back(sequence);
    std::string uuid = RandomDigits(random, 32);
    for (const std::size_t at : {8, 13, 18, 23}) uuid.insert(at, "-");
    pages[1].push_back(uuid + ".jpg");
    pages[2].push_back("photos of " + RandomText(random, 3 + (*random)() % 20, 26) + "/Ä \"quoted\" " +
                       RandomText(random, (*random)() % 8, 26));
    pages[3].push_back(RandomText(random, 1 + (*random)() % 40, 256));
  }
  for (auto& page : pages) std::ranges::sort(page);
  return pages;
}

/// How long the member of a page may be: as zlib, which looks everywhere for a match, makes it at its default; of texts
/// in many words as at its fastest; of random bytes a tenth longer.
std::size_t MostBytes(std::size_t shape, std::string_view rows) {
  const std::size_t zlib = ZlibSize(rows, shape < 2 ? Z_DEFAULT_COMPRESSION : Z_BEST_SPEED);
  return shape == 3 ? zlib + zlib / 10 : zlib;
}

TEST(RowDeflater, RealPagesAreNoLongerThanFromZlib) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto pages = PagesOfKeys(&random);
  for (const std::string& token : {std::string(), RandomDigits(&random, 1'000)}) {
    const Presigner presigner = TestPresigner(token);
    for (std::size_t shape = 0; shape < pages.size(); ++shape) {
      std::vector<std::string> etags;
      for (std::size_t i = 0; i < pages[shape].size(); ++i) etags.push_back(RandomDigits(&random, 32));
      std::vector<s3::ListedObject> objects;
      for (std::size_t i = 0; i < pages[shape].size(); ++i) {
        objects.push_back({.key = pages[shape][i],
                           .size = random() % 1'000'000,
                           .etag = etags[i],
                           .last_modified = "2026-01-01T00:00:00.000Z",
                           .storage_class = i % 50 == 7 || (shape == 1 && i % 3 == 0) ? "GLACIER"
                                            : i % 9 == 3                              ? "STANDARD_IA"
                                                                                      : "STANDARD"});
      }
      for (const Format format : {Format::kNdjson, Format::kCsv, Format::kUrls}) {
        SCOPED_TRACE(::testing::Message() << Name(format) << ", keys of form " << shape << ", token " << token.size());
        const auto packed = BlockEncoder(format, Compression::kGzip).Encode(objects, presigner);
        const auto plain = BlockEncoder(format, Compression::kNone).Encode(objects, presigner);
        ASSERT_TRUE(packed && plain);
        EXPECT_TRUE(Unpack(packed->bytes, plain->bytes.size()) == plain->bytes);
        EXPECT_LE(packed->bytes.size(), MostBytes(shape, plain->bytes));
      }
    }
  }
}

}  // namespace
}  // namespace signpost::manifest
