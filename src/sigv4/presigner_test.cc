#include "signpost/presigner.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost {
namespace {

using ::testing::HasSubstr;

/// Arguments that Create() takes; a case changes one of them.
struct Arguments {
  Credentials credentials{.access_key_id = "AKIDEXAMPLE",
                          .secret_access_key = SecretString("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                          .session_token = SecretString(),
                          .expires_at = std::nullopt};
  ObjectEndpoint endpoint{.host = "data.s3.eu-central-1.amazonaws.com"};
  SigningScope scope{.region = {"eu-central-1"}, .time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};
  SignedQuery signed_query;

  Result<Presigner> Create() const { return Presigner::Create(credentials, endpoint, scope, signed_query); }
};

struct BadInput {
  const char* name;
  void (*spoil)(Arguments* arguments);
  const char* message;
};

class BadPresignerInput : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadPresignerInput, IsRefusedAsAnInvalidArgument) {
  Arguments arguments;
  ASSERT_TRUE(arguments.Create());
  GetParam().spoil(&arguments);
  const auto presigner = arguments.Create();
  ASSERT_FALSE(presigner);
  EXPECT_EQ(presigner.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(presigner.error().message, HasSubstr(GetParam().message));
  EXPECT_EQ(presigner.error().message.find("wJalr"), std::string::npos);
}

template <int kSeconds>
void SetLife(Arguments* arguments) {
  arguments->scope.expires_in = std::chrono::seconds(kSeconds);
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadPresignerInput,
    ::testing::Values(
        BadInput{"LifeOfNothing", SetLife<0>, "0 s is not from 1 s to 604800 s"},
        BadInput{"NegativeLife", SetLife<-1>, "-1 s is not from 1 s to 604800 s"},
        BadInput{"LifeOverSevenDays", SetLife<604'801>, "604801 s is not from 1 s to 604800 s"},
        BadInput{"NoAccessKey", [](Arguments* a) { a->credentials.access_key_id.clear(); }, "access key id is empty"},
        BadInput{"NoSecret", [](Arguments* a) { a->credentials.secret_access_key = SecretString(); },
                 "secret access key is empty"},
        BadInput{"NoRegion", [](Arguments* a) { a->scope.region.name.clear(); }, "region to sign for is empty"},
        BadInput{"ParameterWithoutName", [](Arguments* a) { a->signed_query = {{"", "x"}}; },
                 "'' cannot be a signed query parameter"},
        BadInput{"ParameterOfTheSignature", [](Arguments* a) { a->signed_query = {{"x-AMZ-date", "x"}}; },
                 "'x-AMZ-date' cannot be"},
        BadInput{"ParameterTwice", [](Arguments* a) { a->signed_query = {{"versionId", "1"}, {"versionId", "2"}}; },
                 "'versionId' cannot be"}),
    [](const auto& case_info) { return case_info.param.name; });

TEST(Presigner, TakesTheShortestAndTheLongestLife) {
  Arguments arguments;
  for (const int seconds : {1, 604'800}) {
    arguments.scope.expires_in = std::chrono::seconds(seconds);
    const auto presigner = arguments.Create();
    ASSERT_TRUE(presigner);
    EXPECT_THAT(presigner->GetUrl("a"), HasSubstr("&X-Amz-Expires=" + std::to_string(seconds) + "&"));
  }
}

TEST(Presigner, EmptyKeyAndLongestKeyAreSigned) {
  const auto presigner = Arguments().Create();
  ASSERT_TRUE(presigner);
  EXPECT_TRUE(presigner->GetUrl("").starts_with("https://data.s3.eu-central-1.amazonaws.com/?X-Amz-Algorithm="));
  const std::string longest(1024, '\xff');
  std::string encoded;
  for (std::size_t i = 0; i < longest.size(); ++i) encoded += "%FF";
  EXPECT_TRUE(presigner->GetUrl(longest).starts_with("https://data.s3.eu-central-1.amazonaws.com/" + encoded + "?"));
}

TEST(Presigner, AppendsBehindWhatIsThere) {
  const auto presigner = Arguments().Create();
  ASSERT_TRUE(presigner);
  std::string out = "before ";
  presigner->AppendGetUrl("a", &out);
  EXPECT_EQ(out, "before " + presigner->GetUrl("a"));
}

TEST(Presigner, CopiesAndMovedFromOnesSignLikeTheFirst) {
  Presigner first = Arguments().Create().value();
  const std::string url = first.GetUrl("a/b");
  Presigner copy = first;
  Presigner moved = std::move(first);   // NOLINT(performance-move-const-arg): what is tested.
  EXPECT_EQ(first.GetUrl("a/b"), url);  // NOLINT(bugprone-use-after-move): what is tested.
  EXPECT_EQ(copy.GetUrl("a/b"), url);
  EXPECT_EQ(moved.GetUrl("a/b"), url);

  Arguments other;
  other.scope.region.name = "us-east-1";
  Presigner elsewhere = other.Create().value();
  const std::string elsewhere_url = elsewhere.GetUrl("a/b");
  ASSERT_NE(elsewhere_url, url);
  copy = elsewhere;
  moved = std::move(elsewhere);  // NOLINT(performance-move-const-arg)
  EXPECT_EQ(copy.GetUrl("a/b"), elsewhere_url);
  EXPECT_EQ(moved.GetUrl("a/b"), elsewhere_url);
  EXPECT_EQ(elsewhere.GetUrl("a/b"), elsewhere_url);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(first.GetUrl("a/b"), url);                // NOLINT(bugprone-use-after-move)
  Presigner& same = copy;
  copy = same;
  EXPECT_EQ(copy.GetUrl("a/b"), elsewhere_url);
}

TEST(Presigner, CopyOutlivesTheFirst) {
  auto first = std::make_unique<Presigner>(Arguments().Create().value());
  const std::string url = first->GetUrl("a");
  const Presigner copy = *first;
  first.reset();
  EXPECT_EQ(copy.GetUrl("a"), url);
}

TEST(Presigner, SignsTheSameFromManyThreads) {
  constexpr int kThreads = 8;
  const Presigner presigner = Arguments().Create().value();
  std::vector<std::string> keys;
  std::vector<std::string> expected;
  for (int i = 0; i < 500; ++i) {
    keys.push_back("prefix/" + std::to_string(i) + "é");
    expected.push_back(presigner.GetUrl(keys.back()));
  }
  std::vector<std::vector<std::string>> signed_by(kThreads);
  {
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (auto& urls : signed_by) {
      threads.emplace_back([&, own = presigner] {
        for (std::size_t i = 0; i < keys.size(); ++i) urls.push_back((i % 2 == 0 ? own : presigner).GetUrl(keys[i]));
      });
    }
  }
  for (const auto& urls : signed_by) EXPECT_EQ(urls, expected);
}

}  // namespace
}  // namespace signpost
