#include "lambda/allow_list.h"

#include <gtest/gtest.h>

namespace signpost::lambda {
namespace {

bool Allows(std::string_view list, std::string_view bucket, std::string_view prefix) {
  const auto parsed = AllowList::Parse(list);
  EXPECT_TRUE(parsed) << list;
  return parsed && parsed->Allows(*Bucket::Parse(bucket), prefix);
}

TEST(AllowList, AllowsNothingByDefault) {
  EXPECT_FALSE(AllowList().Allows(*Bucket::Parse("data"), ""));
  EXPECT_FALSE(Allows("", "data", "x/"));
  EXPECT_FALSE(Allows(" \n", "data", ""));
}

TEST(AllowList, AllowsAFolderAndWhatIsBelow) {
  EXPECT_TRUE(Allows("s3://data/team/", "data", "team/"));
  EXPECT_TRUE(Allows("s3://data/team/", "data", "team/2026/part-"));
}

TEST(AllowList, ComparesOnWholeSlashBoundaries) {
  for (const std::string_view list : {"s3://data/team/", "s3://data/team"}) {
    EXPECT_FALSE(Allows(list, "data", "team")) << "lists team-b/ too";
    EXPECT_FALSE(Allows(list, "data", "teams/"));
    EXPECT_FALSE(Allows(list, "data", "team-b/"));
    EXPECT_FALSE(Allows(list, "data", "tea"));
    EXPECT_FALSE(Allows(list, "data", ""));
    EXPECT_TRUE(Allows(list, "data", "team/"));
  }
}

TEST(AllowList, WholeBucketNeedsAnEntryOfItsOwn) {
  EXPECT_TRUE(Allows("s3://data/", "data", ""));
  EXPECT_TRUE(Allows("s3://data", "data", "anything"));
  EXPECT_FALSE(Allows("s3://data/", "data2", ""));
}

TEST(AllowList, NormalisesNothing) {
  EXPECT_FALSE(Allows("s3://data/team/", "data", "team%2F"));
  EXPECT_FALSE(Allows("s3://data/team/", "data", "/team/"));
  EXPECT_FALSE(Allows("s3://data/team/", "data", "TEAM/"));
  EXPECT_FALSE(Allows("s3://data/team/", "data", "./team/"));
  // A key of S3, not a way out: it is below the folder.
  EXPECT_TRUE(Allows("s3://data/team/", "data", "team/../other/"));
}

TEST(AllowList, TakesSeveralEntriesBetweenAnyWhiteSpace) {
  const std::string_view list = "  s3://data/a/\ts3://logs/\n s3://data/b/ ";
  EXPECT_TRUE(Allows(list, "data", "a/"));
  EXPECT_TRUE(Allows(list, "data", "b/x"));
  EXPECT_TRUE(Allows(list, "logs", ""));
  EXPECT_FALSE(Allows(list, "data", "c/"));
}

TEST(AllowList, RefusesAnEntryThatIsNoS3Uri) {
  for (const std::string_view list : {"*", "data/team", "s3://", "s3://UPPER/", "https://data/"}) {
    EXPECT_FALSE(AllowList::Parse(list)) << list;
  }
}

}  // namespace
}  // namespace signpost::lambda
