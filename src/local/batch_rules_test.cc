#include "local/batch_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::local {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> kBatch{"m1", "m2", "m3"};

struct Answer {
  const char* name;
  const char* text;
};

std::string NameOf(const ::testing::TestParamInfo<Answer>& info) { return info.param.name; }

class WholeSuccess : public ::testing::TestWithParam<Answer> {};

TEST_P(WholeSuccess, DeletesEveryMessage) {
  const BatchVerdict verdict = JudgeBatch(GetParam().text, kBatch);
  EXPECT_FALSE(verdict.whole_batch_failed) << verdict.note;
  EXPECT_THAT(verdict.failed, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(BatchRules, WholeSuccess,
                         ::testing::Values(Answer{"EmptyList", R"({"batchItemFailures":[]})"},
                                           Answer{"NullList", R"({"batchItemFailures":null})"},
                                           Answer{"EmptyObject", "{}"}, Answer{"Null", "null"},
                                           Answer{"NothingAtAll", ""}, Answer{"AnotherObject", R"({"ok":true})"}),
                         NameOf);

class WholeFailure : public ::testing::TestWithParam<Answer> {};

TEST_P(WholeFailure, KeepsEveryMessageAndSaysWhy) {
  const BatchVerdict verdict = JudgeBatch(GetParam().text, kBatch);
  EXPECT_TRUE(verdict.whole_batch_failed);
  EXPECT_THAT(verdict.failed, IsEmpty());
  EXPECT_FALSE(verdict.note.empty());
}

INSTANTIATE_TEST_SUITE_P(
    BatchRules, WholeFailure,
    ::testing::Values(Answer{"NotJson", "{"}, Answer{"Text", R"("done")"}, Answer{"List", "[]"}, Answer{"Number", "0"},
                      Answer{"ListIsText", R"({"batchItemFailures":"m1"})"},
                      Answer{"ListIsObject", R"({"batchItemFailures":{}})"},
                      Answer{"EmptyId", R"({"batchItemFailures":[{"itemIdentifier":""}]})"},
                      Answer{"NullId", R"({"batchItemFailures":[{"itemIdentifier":null}]})"},
                      Answer{"NumberId", R"({"batchItemFailures":[{"itemIdentifier":1}]})"},
                      Answer{"WrongKey", R"({"batchItemFailures":[{"itemidentifier":"m1"}]})"},
                      Answer{"BareId", R"({"batchItemFailures":["m1"]})"},
                      Answer{"UnknownId", R"({"batchItemFailures":[{"itemIdentifier":"m9"}]})"},
                      Answer{"GoodThenUnknown",
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
