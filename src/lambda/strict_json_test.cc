#include "lambda/strict_json.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::lambda {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string JsonRefusal(std::string_view text) {
  const auto parsed = ParseStrictJson(text);
  if (parsed) return "taken: " + parsed->dump();
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  return parsed.error().message;
}

TEST(StrictJson, ReadsWhatAnotherParserReads) {
  const std::string text = R"({"a":[1,-2,3.5,true,null,"é\u0001",{"b":{}}],"":[]})";
  const auto parsed = ParseStrictJson(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, nlohmann::json::parse(text));
}

TEST(StrictJson, ReadsAScalarAlone) {
  EXPECT_EQ(ParseStrictJson("7").value_or(nullptr), 7);
  EXPECT_EQ(ParseStrictJson("null").value_or(0), nullptr);
}

TEST(StrictJson, I8_NamesAKeyThatStandsTwice) {
  EXPECT_THAT(JsonRefusal(R"({"bucket":"a","bucket":"b"})"), HasSubstr("'bucket' stands twice"));
  EXPECT_THAT(JsonRefusal(R"({"a":{"x":1,"x":1}})"), HasSubstr("'x' stands twice"));
  EXPECT_TRUE(ParseStrictJson(R"([{"x":1},{"x":1}])"));
  // The same name in other words.
  EXPECT_THAT(JsonRefusal(R"({"a":1,"\u0061":2})"), HasSubstr("'a' stands twice"));
}

TEST(StrictJson, I8_RefusesDeepNestingWithoutDeepRecursion) {
  const std::string deep(1'000'000, '[');
  EXPECT_THAT(JsonRefusal(deep), HasSubstr("nested deeper than 64"));
  const std::string deepest = std::string(64, '[') + std::string(64, ']');
  EXPECT_TRUE(ParseStrictJson(deepest));
  EXPECT_THAT(JsonRefusal("[" + deepest + "]"), HasSubstr("nested deeper than 64"));
}

TEST(StrictJson, I8_RefusesWhatIsNotJsonWithItsPositionButNotItsText) {
  for (const std::string text : {"", "{", "{\"secret\":NaN}", "Infinity", "{'secret':1}", "[1,]", "secret", "{} secret",
                                 "1e999", "\"\xff secret\"", "\"\xed\xa0\x80\"", "\"a\nb\""}) {
    EXPECT_THAT(JsonRefusal(text), HasSubstr("malformed at byte")) << text;
    EXPECT_THAT(JsonRefusal(text), Not(HasSubstr("secret"))) << text;
  }
}

TEST(StrictJson, I8_RefusesAByteOrderMark) {
  EXPECT_THAT(JsonRefusal("\xEF\xBB\xBF{}"), HasSubstr("byte order mark"));
  EXPECT_THAT(JsonRefusal(std::string("\xFF\xFE{\0}\0", 6)), HasSubstr("malformed at byte"));
}

TEST(StrictJson, I8_TakesSixMegabytes) {
  const std::string text = "{\"a\":\"" + std::string(6 << 20, 'x') + "\"}";
  EXPECT_TRUE(ParseStrictJson(text));
}

}  // namespace
}  // namespace signpost::lambda
