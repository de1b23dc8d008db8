#include "manifest/row_copies.h"

#include <initializer_list>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::manifest {

bool operator==(const Step& a, const Step& b) {
  return std::tie(a.literals, a.length, a.distance) == std::tie(b.literals, b.length, b.distance);
}

void PrintTo(const Step& step, std::ostream* out) {
  *out << '{' << step.literals << ", " << step.length << ", " << step.distance << '}';
}

namespace {

using ::testing::ElementsAre;

using Pieces = std::initializer_list<std::pair<RowPieces::Piece, std::string>>;

/// Rows of pieces, the others empty, and the copies that are found in them.
class Rows {
 public:
  void Add(const Pieces& pieces) {
    RowPieces row;
    std::size_t piece = 0;
    for (const auto& [named, text] : pieces) {
      for (; piece <= named; ++piece) row.begin[piece] = text_.size();
      text_ += text;
    }
    for (; piece <= RowPieces::kCount; ++piece) row.begin[piece] = text_.size();
    rows_.push_back(row);
  }

  std::vector<Step> Steps() const {
    RowCopies copies;
    copies.Start();
    for (const RowPieces& row : rows_) copies.AddRow(text_, row);
    copies.Finish();
    return copies.steps();
  }

 private:
  std::string text_;
  std::vector<RowPieces> rows_;
};

TEST(RowCopies, CopiesWhatTheRowBeforeHasInTheSamePiece) {
  Rows rows;
  rows.Add({{RowPieces::kBeforeKey, "begin:"}, {RowPieces::kKey, "a"}, {RowPieces::kBeforeSize, ":middle:"}});
  rows.Add({{RowPieces::kBeforeKey, "begin:"}, {RowPieces::kKey, "b"}, {RowPieces::kBeforeSize, ":middle:"}});
  EXPECT_THAT(rows.Steps(), ElementsAre(Step{15, 6, 15}, Step{1, 8, 15}));
}

TEST(RowCopies, OneCopyGoesOnOverPiecesAndRows) {
  Rows rows;
  for (int i = 0; i < 4; ++i) rows.Add({{RowPieces::kBeforeKey, "begin:"}, {RowPieces::kBeforeSize, ":end\n"}});
  EXPECT_THAT(rows.Steps(), ElementsAre(Step{11, 33, 11}));
}

TEST(RowCopies, APieceOfAnotherLengthIsCopiedFromBothEnds) {
  Rows rows;
  rows.Add({{RowPieces::kKey, "folder/9.parquet"}, {RowPieces::kBeforeSize, ":end\n"}});
  rows.Add({{RowPieces::kKey, "folder/10.parquet"}, {RowPieces::kBeforeSize, ":end\n"}});
  EXPECT_THAT(rows.Steps(), ElementsAre(Step{21, 7, 21}, Step{2, 13, 22}));
}

TEST(RowCopies, AKeyIsCopiedWhereverItsWordsAreTheSame) {
  Rows rows;
  rows.Add({{RowPieces::kKey, "part-9-of-many-9/file"}});
  rows.Add({{RowPieces::kKey, "part-10-of-many-100/file"}});
  EXPECT_THAT(rows.Steps(), ElementsAre(Step{21, 5, 21}, Step{2, 9, 22}, Step{3, 5, 24}));
}

TEST(RowCopies, APieceIsCopiedFromTheLatestRowThatHasIt) {
  Rows rows;
  rows.Add({{RowPieces::kBeforeKey, "begin:"}, {RowPieces::kBeforeSize, ":end\n"}});
  rows.Add({{RowPieces::kBeforeKey, "begin:"}});
  rows.Add({{RowPieces::kBeforeKey, "begin:"}, {RowPieces::kBeforeSize, ":end\n"}});
  EXPECT_THAT(rows.Steps(), ElementsAre(Step{11, 6, 11}, Step{0, 6, 6}, Step{0, 5, 17}));
}

TEST(RowCopies, AShortCopyBecomesLiterals) {
  Rows rows;
  rows.Add({{RowPieces::kKey, "aaXaaX"}});
  rows.Add({{RowPieces::kKey, "aaYaaY"}});
  EXPECT_THAT(rows.Steps(), ElementsAre(Step{12, 0, 0}));
}

TEST(RowCopies, ThePathIsCopiedFromTheKeyAroundItsEscapes) {
  Rows rows;
  rows.Add({{RowPieces::kKey, "before"}, {RowPieces::kBeforePath, "|"}, {RowPieces::kPath, "BEFORE"}});
  rows.Add({{RowPieces::kKey, R"(first second\"third)"},
            {RowPieces::kBeforePath, "|"},
            {RowPieces::kPath, "first%20second%22third"}});
  // The key's literals, then of the path: 5 of it, "%20", 6, "%22", 5.
  EXPECT_THAT(rows.Steps(), ElementsAre(Step{13 + 20, 5, 20}, Step{3, 6, 22}, Step{3, 5, 23}));
}

TEST(RowCopies, ADigestIsCopiedWholeOrNotAtAll) {
  Rows rows;
  rows.Add({{RowPieces::kEtag, "0123456789abcdef"}});
  rows.Add({{RowPieces::kEtag, "9876543789abcdef"}});
  rows.Add({{RowPieces::kEtag, "9876543789abcdef"}});
  EXPECT_THAT(rows.Steps(), ElementsAre(Step{32, 16, 16}));
}

TEST(RowCopies, NothingIsCopiedFromWhatWasDropped) {
  const std::string first = "=====ABCDEFGH";
  const std::string second = "-----abcdefgh";
  const auto row = [](std::size_t begin) {
    RowPieces pieces;
    pieces.begin.fill(begin + 13);
    pieces.begin[RowPieces::kBeforeKey] = begin;
    pieces.begin[RowPieces::kKey] = begin + 5;
    return pieces;
  };
  RowCopies copies;
  copies.Start();
  copies.AddRow(first, row(0));
  copies.AddRow(first + second, row(13));
  copies.DropFront(13);
  copies.AddRow(second + "-----ABCDEFGH", row(13));
  EXPECT_EQ(copies.open_literals(), 8U);
  copies.Finish();
  EXPECT_THAT(copies.steps(), ElementsAre(Step{26, 5, 13}, Step{8, 0, 0}));
  EXPECT_EQ(copies.literals(), 34U);
}

TEST(RowCopies, TellsWhetherTheTextBeforeTheSignatureIsTheSame) {
  RowCopies copies;
  copies.Start();
  std::string text;
  const auto add = [&](std::string_view query) {
    RowPieces row;
    row.begin.fill(text.size());
    text += query;
    std::fill(row.begin.begin() + RowPieces::kSignature, row.begin.end(), text.size());
    text += "signed";
    std::fill(row.begin.begin() + RowPieces::kAfterSignature, row.begin.end(), text.size());
    return copies.AddRow(text, row);
  };
  EXPECT_FALSE(add("?token"));
  EXPECT_TRUE(add("?token"));
  EXPECT_FALSE(add("?Token"));
  EXPECT_TRUE(add("?Token"));
  EXPECT_FALSE(add(""));
  EXPECT_TRUE(add("?Token"));
  EXPECT_FALSE(add("?tokens"));
  copies.DropFront(text.size());
  text.clear();
  EXPECT_FALSE(add("?tokens"));
}

TEST(RowCopies, NothingIsCopiedFromFartherThanDeflateCan) {
  const std::string most(RowCopies::kMostDistance - 4, 'x');
  Rows near;
  for (int i = 0; i < 2; ++i) near.Add({{RowPieces::kBeforeKey, "head"}, {RowPieces::kEtag, most}});
  EXPECT_THAT(near.Steps(), ElementsAre(Step{32'768, 32'768, 32'768}));
  Rows far;
  for (int i = 0; i < 2; ++i) far.Add({{RowPieces::kBeforeKey, "heads"}, {RowPieces::kEtag, most}});
  EXPECT_THAT(far.Steps(), ElementsAre(Step{2 * 32'769, 0, 0}));
}

}  // namespace
}  // namespace signpost::manifest
