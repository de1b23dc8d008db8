#include "provision/lifecycle_rules.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signpost::provision {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOurs[] = "manifests/";

LifecycleDocument Parsed(std::string_view xml) {
  auto document = LifecycleDocument::Parse(xml);
  EXPECT_TRUE(document) << (document ? "" : document.error().ToString()) << "\n" << xml;
  return document ? std::move(*document) : LifecycleDocument();
}

std::string Configuration(const std::string& rules) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LifecycleConfiguration "
         "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         rules + "</LifecycleConfiguration>";
}

std::string Rule(const std::string& id, const std::string& rest, const std::string& status = "Enabled") {
  return fmt::format("<Rule><ID>{}</ID>{}<Status>{}</Status></Rule>", id, rest, status);
}

/// Rules that a lifecycle may have, and some that no version of this program has heard of. The meaning of each is kept
/// by an oracle that shares nothing with the code under test: the bytes of the rule as they were written.
class RandomRules {
 public:
  explicit RandomRules(unsigned seed) : random_(seed) {}

  int Number(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

  std::string Configuration(std::vector<std::string>* rules) {
    const int count = Number(0, 12);
    for (int i = 0; i < count; ++i) rules->push_back(provision::Rule(fmt::format("rule-{}", i), Rest(), Status()));
    std::string all;
    for (const std::string& rule : *rules) all += rule + (Number(0, 1) == 0 ? "" : "\n  ");
    return provision::Configuration(all);
  }

 private:
  std::string Status() { return Number(0, 4) == 0 ? "Disabled" : "Enabled"; }

  /// None lies at or above "manifests/", so none would be refused.
  std::string Prefix() {
    static const std::vector<std::string> kPrefixes = {"logs/",       " ",  "a&amp;b&lt;/", "r\xc3\xa4ume/", "x&#13;y/",
                                                       "manifestsX/", "\t", "Manifests/",   "n/&#10;/",      "]]&gt;"};
    return kPrefixes.at(static_cast<std::size_t>(Number(0, static_cast<int>(kPrefixes.size()) - 1)));
  }

  std::string Filter() {
    const std::string prefix = fmt::format("<Prefix>{}</Prefix>", Prefix());
    switch (Number(0, 5)) {
      case 0:
        return "<Filter><Tag><Key>k&quot;</Key><Value/></Tag></Filter>";
      case 1:
        return fmt::format(
            "<Filter><And>{}<Tag><Key>a</Key><Value> </Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag>"
            "</And></Filter>",
            prefix);
      case 2:
        return fmt::format("<Filter><And>{}<ObjectSizeGreaterThan>{}</ObjectSizeGreaterThan></And></Filter>", prefix,
                           Number(0, 1'000'000));
      case 3:
        return fmt::format("<Filter><Unheard of=\"x y\"><Of>{}</Of></Unheard>{}</Filter>", Number(0, 9), prefix);
      default:
        return fmt::format("<Filter>{}</Filter>", prefix);
    }
  }

  std::string Rest() {
    std::string rest = Filter();
    const auto days = [this] { return Number(1, 400); };
    if (Number(0, 1) == 0) rest += fmt::format("<Expiration><Days>{}</Days></Expiration>", days());
    if (Number(0, 4) == 0)
      rest += "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>";
    if (Number(0, 2) == 0) {
      rest += fmt::format(
          "<Transition><Days>{}</Days><StorageClass>GLACIER</StorageClass></Transition>"
          "<Transition><Days>{}</Days><StorageClass>DEEP_ARCHIVE</StorageClass></Transition>",
          days(), days());
    }
    if (Number(0, 3) == 0) {
      rest += fmt::format(
          "<NoncurrentVersionExpiration><NewerNoncurrentVersions>3</NewerNoncurrentVersions>"
          "<NoncurrentDays>{}</NoncurrentDays></NoncurrentVersionExpiration>",
          days());
    }
    if (Number(0, 3) == 0) {
      rest += fmt::format(
          "<AbortIncompleteMultipartUpload><DaysAfterInitiation>{}</DaysAfterInitiation>"
          "</AbortIncompleteMultipartUpload>",
          days());
    }
    if (Number(0, 3) == 0) rest += "<FutureAction><Speed>fast</Speed><Speed>slow</Speed></FutureAction>";
    return rest;
  }

  std::mt19937 random_;
};

TEST(LifecycleMerge, KeepsRandomRulesByteForByteAndTheSecondTimeChangesNothing) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  RandomRules random(seed);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> rules;
    const std::string xml = random.Configuration(&rules);
    const LifecycleGoal goal{.prefix = kOurs, .days = random.Number(1, 90), .keeps_versions = random.Number(0, 1) == 0};
    auto merge = MergeLifecycle(Parsed(xml), goal);
    ASSERT_TRUE(merge) << merge.error().ToString() << "\n" << xml;
    EXPECT_TRUE(merge->changes());
    EXPECT_EQ(merge->other_rules, rules.size());
    const std::string written = merge->document.ToXml();
    ASSERT_EQ(Parsed(written).Rules().size(), rules.size() + 2) << written;
    std::size_t at = 0;
    for (std::string rule : rules) {
      // What the writer may choose: how it writes quotes and line feeds in text.
      for (const auto& [from, to] : {std::pair{"&quot;", "\""}, {"&#10;", "\n"}}) {
        for (std::size_t found = 0; (found = rule.find(from, found)) != std::string::npos;) {
          rule.replace(found, std::string_view(from).size(), to);
          found += std::string_view(to).size();
        }
      }
      at = written.find(rule, at);
      ASSERT_NE(at, std::string::npos) << rule << "\nis not in\n" << written;
      at += rule.size();
    }
    auto again = MergeLifecycle(Parsed(written), goal);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->changes()) << again->diff;
    EXPECT_EQ(again->document.ToXml(), written);
    EXPECT_TRUE(MeanTheSame(again->document, Parsed(written)));
  }
}

TEST(LifecycleMerge, WritesTwoRulesIntoAnEmptyConfiguration) {
  const auto merge = MergeLifecycle(LifecycleDocument(), {.prefix = kOurs, .days = 3});
  ASSERT_TRUE(merge);
  EXPECT_EQ(
      merge->document.ToXml(),
      "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Rule><ID>signpost-expire:manifests/</ID><Filter><Prefix>manifests/</Prefix></Filter><Status>Enabled</Status>"
      "<Expiration><Days>3</Days></Expiration></Rule>"
      "<Rule><ID>signpost-abort:manifests/</ID><Filter><Prefix>manifests/</Prefix></Filter><Status>Enabled</Status>"
      "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>"
      "</Rule></LifecycleConfiguration>");
}

TEST(LifecycleMerge, SpeaksTheOlderFormWhereTheOthersDo) {
  const std::string xml = Configuration(Rule("old", "<Prefix>logs/</Prefix><Expiration><Days>5</Days></Expiration>"));
  const auto merge = MergeLifecycle(Parsed(xml), {.prefix = kOurs});
  ASSERT_TRUE(merge);
  EXPECT_THAT(merge->document.ToXml(),
              AllOf(HasSubstr("</ID><Prefix>manifests/</Prefix>"), Not(HasSubstr("<Filter>"))));
  const auto again = MergeLifecycle(Parsed(merge->document.ToXml()), {.prefix = kOurs});
  EXPECT_FALSE(again->changes());
}

TEST(LifecycleMerge, LeavesOurRuleAsTheServerReorderedIt) {
  const std::string xml = Configuration(
      "<Rule>\n<Status>Enabled</Status> <Expiration><Days>1</Days></Expiration><Filter> "
      "<Prefix>manifests/</Prefix></Filter>"
      "<ID>signpost-expire:manifests/</ID></Rule>"
      "<Rule><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></"
      "AbortIncompleteMultipartUpload>"
      "<ID>signpost-abort:manifests/</ID><Prefix>manifests/</Prefix><Status>Enabled</Status></Rule>");
  const auto merge = MergeLifecycle(Parsed(xml), {.prefix = kOurs});
  ASSERT_TRUE(merge);
  EXPECT_FALSE(merge->changes()) << merge->diff;
}

TEST(LifecycleMerge, ReplacesOurRuleWhereItStandsAndShowsBoth) {
  const std::string xml =
      Configuration(Rule("signpost-expire:manifests/", "<Expiration><Days>7</Days></Expiration>", "Disabled") +
                    Rule("zzz", "<Filter><Prefix>z</Prefix></Filter>"));
  const auto merge = MergeLifecycle(Parsed(xml), {.prefix = kOurs, .days = 2});
  ASSERT_TRUE(merge);
  EXPECT_THAT(merge->diff, AllOf(HasSubstr("-     <Days>7</Days>"), HasSubstr("-   <Status>Disabled</Status>"),
                                 HasSubstr("+     <Days>2</Days>")));
  const auto rules = merge->document.Rules();
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_STREQ(rules[0].child_value("ID"), "signpost-expire:manifests/");
  EXPECT_STREQ(rules[1].child_value("ID"), "zzz");
}

TEST(LifecycleMerge, DropsOldVersionsOfAVersionedBucket) {
  const auto merge = MergeLifecycle(LifecycleDocument(), {.prefix = kOurs, .keeps_versions = true});
  ASSERT_TRUE(merge);
  EXPECT_THAT(
      merge->document.ToXml(),
      HasSubstr("<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>"));
}

struct OtherRule {
  const char* name;
  const char* rest;
  const char* status;
  bool refused;  ///< When manifests are to live for 3 days.
};

class OtherRuleForThreeDays : public ::testing::TestWithParam<OtherRule> {};

TEST_P(OtherRuleForThreeDays, IsRefusedExactlyIfItExpiresManifestsEarlier) {
  const OtherRule& other = GetParam();
  const auto merge =
      MergeLifecycle(Parsed(Configuration(Rule("other", other.rest, other.status))), {.prefix = kOurs, .days = 3});
  ASSERT_EQ(!merge, other.refused);
  if (merge) return;
  EXPECT_EQ(merge.error().code, ErrorCode::kConflict);
  EXPECT_THAT(merge.error().message, HasSubstr("'other'"));
}

#define DAYS(n) "<Expiration><Days>" #n "</Days></Expiration>"
#define FILTER(x) "<Filter><Prefix>" x "</Prefix></Filter>"
INSTANTIATE_TEST_SUITE_P(
    Rules, OtherRuleForThreeDays,
    ::testing::Values(
        OtherRule{"SamePrefix", FILTER("manifests/") DAYS(2), "Enabled", true},
        OtherRule{"WholeBucket", "<Filter/>" DAYS(2), "Enabled", true},
        OtherRule{"OldForm", "<Prefix>mani</Prefix>" DAYS(2), "Enabled", true},
        OtherRule{"Below", FILTER("manifests/a") DAYS(1), "Enabled", true},
        OtherRule{"AtADate", FILTER("m") "<Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>", "Enabled", true},
        OtherRule{"BySize",
                  "<Filter><And><Prefix>m</Prefix><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter>" DAYS(1),
                  "Enabled", true},
        OtherRule{"DaysThatAreNoNumber", FILTER("m") DAYS(soon), "Enabled", true},
        OtherRule{"SameTime", FILTER("manifests/") DAYS(3), "Enabled", false},
        OtherRule{"Disabled", FILTER("manifests/") DAYS(1), "Disabled", false},
        OtherRule{"Sibling", FILTER("manifests-b/") DAYS(1), "Enabled", false},
        OtherRule{"ByTag",
                  "<Filter><And><Prefix>m</Prefix><Tag><Key>a</Key><Value>b</Value></Tag></And></Filter>" DAYS(1),
                  "Enabled", false},
        OtherRule{"OnlyMarkers",
                  FILTER("m") "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>",
                  "Enabled", false}),
    [](const auto& each) { return each.param.name; });
#undef DAYS
#undef FILTER

TEST(LifecycleMerge, FillsUpToTheLimitOfRulesAndNotBeyond) {
  const auto with = [](std::size_t count) {
    std::string rules;
    for (std::size_t i = 0; i < count; ++i) rules += Rule(fmt::to_string(i), "<Filter><Prefix>x</Prefix></Filter>");
    return MergeLifecycle(Parsed(Configuration(rules)), {.prefix = kOurs});
  };
  EXPECT_TRUE(with(kMostRules - 2));
  const auto over = with(kMostRules - 1);
  ASSERT_FALSE(over);
  EXPECT_THAT(over.error().message, AllOf(HasSubstr("999"), HasSubstr("1000")));
}

TEST(LifecycleMerge, NamesRulesOfOddPrefixesByTheirHash) {
  EXPECT_EQ(ExpiryRuleId("manifests/"), "signpost-expire:manifests/");
  EXPECT_EQ(ExpiryRuleId("r\xc3\xa4ume/").size(), std::string_view("signpost-expire:").size() + 32);
  EXPECT_NE(ExpiryRuleId("a b/"), ExpiryRuleId("a  b/"));
  EXPECT_LE(AbortRuleId(std::string(1000, 'a') + "/").size(), 255U);
}

TEST(LifecycleGoal, RefusesWhatWouldCoverMoreThanTheManifests) {
  EXPECT_TRUE(CheckGoal({.prefix = "m/", .days = 36'500}));
  for (const LifecycleGoal& goal :
       {LifecycleGoal{.prefix = ""}, LifecycleGoal{.prefix = "manifests"}, LifecycleGoal{.prefix = "m\n/"},
        LifecycleGoal{.prefix = "m/", .days = 0}, LifecycleGoal{.prefix = "m/", .days = 36'501}}) {
    const Status checked = CheckGoal(goal);
    ASSERT_FALSE(checked) << goal.prefix;
    EXPECT_EQ(checked.error().code, ErrorCode::kInvalidArgument);
    EXPECT_FALSE(MergeLifecycle(LifecycleDocument(), goal));
  }
}

TEST(LifecycleDocument, RefusesWhatIsNoLifecycle) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  for (const std::string& xml :
       {std::string(), std::string("{}"), std::string("<LifecycleConfiguration><Rule>"), std::string("<html/>"),
        std::string("<s3:LifecycleConfiguration xmlns:s3=\"x\"/>"), Configuration(deep)}) {
    const auto document = LifecycleDocument::Parse(xml);
    ASSERT_FALSE(document) << xml.substr(0, 100);
    EXPECT_EQ(document.error().code, ErrorCode::kDataLoss);
  }
}

TEST(LifecycleDocument, PutsAPrefixBesideAndWhereTheApiWantsIt) {
  const std::string tag = "<Tag><Key>a</Key><Value>1</Value></Tag>";
  const auto ceph = Parsed(Configuration("<Rule><Filter><Prefix>x/</Prefix><And>" + tag + "</And></Filter></Rule>"));
  const auto api = Parsed(Configuration("<Rule><Filter><And><Prefix>x/</Prefix>" + tag + "</And></Filter></Rule>"));
  EXPECT_EQ(ceph.ToXml(), api.ToXml());
}

TEST(LifecycleDocument, TellsApartWhatMeansSomethingElse) {
  const auto same = [](const std::string& a, const std::string& b) {
    return MeanTheSame(Parsed(Configuration(a)), Parsed(Configuration(b)));
  };
  EXPECT_TRUE(same("<R><A>1</A><B>2</B></R>", "\n<R> <B>2</B>\n<A>1</A></R>"));
  EXPECT_TRUE(same("<R xmlns=\"x\"/>", "<R></R>"));
  EXPECT_FALSE(same("<R><A>1</A></R>", "<R><A>1</A><A>1</A></R>"));
  EXPECT_FALSE(same("<R><A>1</A></R>", "<R><A> 1</A></R>"));
  EXPECT_FALSE(same("<R><A> </A></R>", "<R><A/></R>"));
  EXPECT_FALSE(same("<R><A>1</A><B>2</B></R>", "<R><A>1<B>2</B></A></R>"));
  EXPECT_FALSE(same("<R a=\"1\"/>", "<R a=\"2\"/>"));
  EXPECT_FALSE(same("", "<R/>"));
}

TEST(LifecycleCover, CountsOnlyRulesThatHoldForEveryManifest) {
  const auto cover = [](const std::string& rules) { return CoverOf(Parsed(Configuration(rules)), kOurs); };
  const std::string days = "<Expiration><Days>4</Days></Expiration>";
  EXPECT_EQ(cover(Rule("a", "<Filter><Prefix>mani</Prefix></Filter>" + days)).expires_after_days, 4);
  EXPECT_EQ(cover(Rule("a", "<Filter/>" + days) + Rule("b", "<Filter/><Expiration><Days>2</Days></Expiration>"))
                .expires_after_days,
            2);
  EXPECT_FALSE(cover(Rule("a", "<Filter><Prefix>manifests/x</Prefix></Filter>" + days)).expires_after_days);
  EXPECT_FALSE(cover(Rule("a", "<Filter/>" + days, "Disabled")).expires_after_days);
  EXPECT_FALSE(cover(Rule("a", "<Filter><Tag><Key>k</Key><Value/></Tag></Filter>" + days)).expires_after_days);
  EXPECT_FALSE(
      cover(Rule("a", "<Filter><ObjectSizeLessThan>9</ObjectSizeLessThan></Filter>" + days)).expires_after_days);
  EXPECT_EQ(cover(Rule("a",
                       "<Filter/><AbortIncompleteMultipartUpload><DaysAfterInitiation>6</DaysAfterInitiation>"
                       "</AbortIncompleteMultipartUpload>"))
                .aborts_after_days,
            6);
}

}  // namespace
}  // namespace signpost::provision
