#include "testing/key_shape.h"

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace signpost::testing {
namespace {

struct Case {
  const char* shape;
  std::uint64_t size;
};

std::vector<Case> AllCases() {
  std::vector<Case> cases;
  for (const char* shape : {"sequence", "uuid", "dates", "skewed", "hostile"}) {
    for (const std::uint64_t size : {0, 1, 2, 15, 16, 17, 200, 4099, 20'000}) cases.push_back({shape, size});
  }
  return cases;
}

class EveryShape : public ::testing::TestWithParam<Case> {
 protected:
  std::unique_ptr<KeyShape> Make() { return std::move(MakeKeyShape(GetParam().shape, GetParam().size).value()); }
};

TEST_P(EveryShape, StrictlyIncreasesInUnsignedBytes) {
  const auto keys = Materialise(*Make());
  ASSERT_EQ(keys.size(), GetParam().size);
  const auto less = [](const std::string& a, const std::string& b) {
    return std::ranges::lexicographical_compare(
        a, b, {}, [](char c) { return static_cast<unsigned char>(c); },
        [](char c) { return static_cast<unsigned char>(c); });
  };
  for (std::size_t i = 1; i < keys.size(); ++i) ASSERT_TRUE(less(keys[i - 1], keys[i])) << i << ": " << keys[i];
}

TEST_P(EveryShape, BoundsEqualThoseOfTheSortedList) {
  const auto shape = Make();
  const auto keys = Materialise(*shape);
  std::mt19937_64 random(20260101);  // The seed of every run.
  std::vector<std::string> probes = {"", "data/", "i", "\xff", std::string(1, '\0')};
  for (int i = 0; i < 200 && !keys.empty(); ++i) {
    std::string probe = keys[random() % keys.size()];
    probes.push_back(probe);
    probes.push_back(probe + std::string(1, '\0'));
    probe.resize(random() % (probe.size() + 1));
    probes.push_back(probe);
    if (!probe.empty()) ++probe.back();
    probes.push_back(probe);
  }
  for (const std::string& probe : probes) {
    EXPECT_EQ(shape->UpperBound(probe), std::ranges::upper_bound(keys, probe) - keys.begin()) << probe;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < keys.size(); ++i) {
      if (keys[i].compare(0, probe.size(), probe) == 0 && count++ == 0) first = i;
    }
    const KeyShape::Range range = shape->WithPrefix(probe);
    EXPECT_EQ(range.last - range.first, count) << probe;
    if (count > 0) {
      EXPECT_EQ(range.first, first) << probe;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(KeyShape, EveryShape, ::testing::ValuesIn(AllCases()), [](const auto& param_info) {
  return std::string(param_info.param.shape) + std::to_string(param_info.param.size);
});

TEST(KeyShape, UuidsHaveTheTextFormOfVersion4) {
  const auto shape = std::move(MakeKeyShape("uuid", 1000).value());
  std::string key;
  for (std::uint64_t i = 0; i < shape->size(); ++i) {
    shape->KeyAt(i, &key);
    ASSERT_EQ(key.size(), 36U);
    EXPECT_EQ(key[8], '-');
    EXPECT_EQ(key[14], '4');
    EXPECT_NE(std::string("89ab").find(key[19]), std::string::npos) << key;
  }
}

TEST(KeyShape, DatesExistInTheCalendarAndSpreadOverTenYears) {
  const auto shape = std::move(MakeKeyShape("dates", 36'500).value());
  std::set<std::string> days;
  for (const std::string& key : Materialise(*shape)) days.insert(key.substr(0, 10));
  EXPECT_GE(days.size(), 3'000U);
  EXPECT_TRUE(days.contains("2016/02/29"));
  EXPECT_FALSE(days.contains("2017/02/29"));
}

TEST(KeyShape, SkewedHolds99PercentInOneFolder) {
  const auto shape = std::move(MakeKeyShape("skewed", 100'000).value());
  const KeyShape::Range hot = shape->WithPrefix("incoming/");
  EXPECT_EQ(hot.last - hot.first, 99'000U);
  EXPECT_GT(hot.first, 0U);
  EXPECT_LT(hot.last, shape->size());
}

TEST(KeyShape, HostileHoldsEachAwkwardByte) {
  std::string all;
  for (const std::string& key : Materialise(*std::move(MakeKeyShape("hostile", 16).value()))) all += key;
  for (const char c : {' ', '%', '+', '"', '\'', '&', '<', '\\', '\n', '\r', '\t', '\x01', '\x7f'}) {
    EXPECT_NE(all.find(c), std::string::npos) << static_cast<int>(c);
  }
  EXPECT_NE(all.find("\xf0\x9f\x98\x80"), std::string::npos);
  EXPECT_NE(all.find("../"), std::string::npos);
}

TEST(KeyShape, ListedKeysAreGivenBackAsTheyAre) {
  const auto shape = KeysAsListed({"a", "a/b", "b"});
  EXPECT_EQ(Materialise(*shape), (std::vector<std::string>{"a", "a/b", "b"}));
  EXPECT_EQ(shape->UpperBound("a"), 1U);
  EXPECT_EQ(shape->WithPrefix("a"), (KeyShape::Range{0, 2}));
}

TEST(KeyShape, RefusesAnUnknownNameAndTooManyKeys) {
  EXPECT_EQ(MakeKeyShape("zipf", 1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(MakeKeyShape("uuid", kMaxShapeSize + 1).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace signpost::testing
