#include "local/batch_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::local {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kBatch{"m1", "m2", "m3"};

struct FunctionAnswer {
  const char* name;
  const char* text;
};

std::string NameOf(const ::testing::TestParamInfo<FunctionAnswer>& info) { return info.param.name; }

class WholeSuccess : public ::testing::TestWithParam<FunctionAnswer> {};

TEST_P(WholeSuccess, DeletesEveryMessage) {
  const BatchVerdict verdict = JudgeBatch(GetParam().text, kBatch);
  EXPECT_FALSE(verdict.whole_batch_failed) << verdict.note;
  EXPECT_THAT(verdict.failed, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(BatchRules, WholeSuccess,
                         ::testing::Values(FunctionAnswer{"EmptyList", R"({"batchItemFailures":[]})"},
                                           FunctionAnswer{"NullList", R"({"batchItemFailures":null})"},
                                           FunctionAnswer{"EmptyObject", "{}"}, FunctionAnswer{"Null", "null"},
                                           FunctionAnswer{"NothingAtAll", ""},
                                           FunctionAnswer{"AnotherObject", R"({"ok":true})"}),
                         NameOf);

class WholeFailure : public ::testing::TestWithParam<FunctionAnswer> {};

TEST_P(WholeFailure, KeepsEveryMessageAndSaysWhy) {
  const BatchVerdict verdict = JudgeBatch(GetParam().text, kBatch);
  EXPECT_TRUE(verdict.whole_batch_failed);
  EXPECT_THAT(verdict.failed, IsEmpty());
  EXPECT_FALSE(verdict.note.empty());
}

INSTANTIATE_TEST_SUITE_P(
    BatchRules, WholeFailure,
    ::testing::Values(FunctionAnswer{"NotJson", "{"}, FunctionAnswer{"Text", R"("done")"}, FunctionAnswer{"List", "[]"},
                      FunctionAnswer{"Number", "0"}, FunctionAnswer{"ListIsText", R"({"batchItemFailures":"m1"})"},
                      FunctionAnswer{"ListIsObject", R"({"batchItemFailures":{}})"},
                      FunctionAnswer{"EmptyId", R"({"batchItemFailures":[{"itemIdentifier":""}]})"},
                      FunctionAnswer{"NullId", R"({"batchItemFailures":[{"itemIdentifier":null}]})"},
                      FunctionAnswer{"NumberId", R"({"batchItemFailures":[{"itemIdentifier":1}]})"},
                      FunctionAnswer{"WrongKey", R"({"batchItemFailures":[{"itemidentifier":"m1"}]})"},
                      FunctionAnswer{"BareId", R"({"batchItemFailures":["m1"]})"},
                      FunctionAnswer{"UnknownId", R"({"batchItemFailures":[{"itemIdentifier":"m9"}]})"},
                      FunctionAnswer{"GoodThenUnknown",
                                     R"({"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m9"}]})"}),
    NameOf);

TEST(BatchRules, KeepExactlyTheFailedOnesInTheBatchsOrder) {
  const auto verdict = JudgeBatch(R"({"batchItemFailures":[{"itemIdentifier":"m3"},{"itemIdentifier":"m1"}]})", kBatch);
  EXPECT_FALSE(verdict.whole_batch_failed);
  EXPECT_THAT(verdict.failed, ElementsAre("m1", "m3"));
  EXPECT_EQ(verdict.note, "");
}

TEST(BatchRules, TakeAnIdThatIsNamedTwiceOnce) {
  const auto verdict = JudgeBatch(R"({"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m2"}]})", kBatch);
  EXPECT_THAT(verdict.failed, ElementsAre("m2"));
}

TEST(BatchRules, WarnOfAMisspeltListThatCountsAsSuccess) {
  const auto verdict = JudgeBatch(R"({"batchItemfailures":[{"itemIdentifier":"m1"}]})", kBatch);
  EXPECT_FALSE(verdict.whole_batch_failed);
  EXPECT_THAT(verdict.failed, IsEmpty());
  EXPECT_THAT(verdict.note, HasSubstr("batchItemfailures"));
}

}  // namespace
}  // namespace signpost::local
