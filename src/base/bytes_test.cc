#include "base/bytes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace signpost {
namespace {

std::string EveryByte() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

TEST(PercentEncode, KeepsTheUnreservedAndNothingElse) {
  EXPECT_EQ(PercentEncode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(PercentEncode("a/b"), "a%2Fb");
  EXPECT_EQ(PercentEncode("a/b", /*keep_slash=*/true), "a/b");
  EXPECT_EQ(PercentEncode(" +%\xc3\xa9\n"), "%20%2B%25%C3%A9%0A");
  std::size_t kept = 0;
  for (const char c : EveryByte()) kept += PercentEncode(std::string(1, c)).size() == 1 ? 1 : 0;
  EXPECT_EQ(kept, 26U + 26U + 10U + 4U);
}

TEST(PercentEncode, EscapesWhereverTheByteStands) {
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      const std::string before(at, 'a');
      const std::string after(size - at - 1, 'b');
      EXPECT_EQ(PercentEncode(before + "\n" + after), before + "%0A" + after);
      EXPECT_EQ(PercentEncode(before + "/" + after, /*keep_slash=*/true), before + "/" + after);
    }
  }
}

TEST(PercentDecode, GivesBackEveryByte) {
  std::string decoded;
  ASSERT_TRUE(AppendPercentDecoded(PercentEncode(EveryByte()), /*plus_is_space=*/true, &decoded));
  EXPECT_EQ(decoded, EveryByte());
}

TEST(PercentDecode, TakesPlusForSpaceOnlyWhenAsked) {
  std::string with;
  ASSERT_TRUE(AppendPercentDecoded("a+b%2Bc%20d", true, &with));
  EXPECT_EQ(with, "a b+c d");
  std::string without;
  ASSERT_TRUE(AppendPercentDecoded("a+b%2bc", false, &without));
  EXPECT_EQ(without, "a+b+c");
}

TEST(PercentDecode, RefusesEscapesThatAreCutOrNotHexadecimal) {
  for (const char* text : {"%", "a%4", "%4g", "%g4", "%%41"}) {
    std::string decoded;
    EXPECT_FALSE(AppendPercentDecoded(text, false, &decoded)) << text;
  }
}

// RFC 4648 section 10.
TEST(Base64Encode, FollowsTheRfcsVectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, encoded] : vectors) EXPECT_EQ(Base64Encode(AsBytes(text)), encoded);
}

TEST(HexEncode, IsLowerCase) { EXPECT_EQ(HexEncode(AsBytes("\x01\xab\xff")), "01abff"); }

TEST(HexEncode, TellsEveryByteInTextsOfEveryLength) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (std::size_t size = 0; size < 13; ++size) {
      std::string bytes;
      std::string digits;
      for (std::size_t i = 0; i < size; ++i) {
        bytes += static_cast<char>(byte + 37 * i);
        digits += fmt::format("{:02x}", (byte + 37 * i) & 0xff);
      }
      ASSERT_EQ(HexEncode(AsBytes(bytes)), digits);
    }
  }
}

}  // namespace
}  // namespace signpost
