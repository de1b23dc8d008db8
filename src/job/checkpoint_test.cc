#include "job/checkpoint.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "job/once_data.h"

namespace signpost::job {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

constexpr std::uint64_t kSize = 6 << 20;

Checkpoint ExampleCheckpoint() {
  return {.front = std::string("a/\xff\n\0\"z", 7),
          .signed_at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1),
          .signer = "0123",
          .content = {.bytes = 1'000,
                      .crc32 = 0xfedcba98,
                      .members = {{0, 0}, {1'000, 10}, {5'000'000'000, 11}},
                      .members_seen = 12'345,
                      .member_stride = 4},
          .parts = {{1, "e1", kSize, UINT64_MAX}, {2, "e2", kSize + 1, 0}, {7, "e7", kSize, std::nullopt}},
          .next_part = 9};
}
constexpr std::uint64_t kExampleBytes = 3 * kSize + 1;

TEST(Checkpoint, ComesBackAsItWas) {
  const auto back = ParseCheckpoint(json::parse(ToJson(ExampleCheckpoint()).dump()), kExampleBytes);
  ASSERT_TRUE(back);
  const Checkpoint example = ExampleCheckpoint();
  EXPECT_EQ(back->front, example.front);
  EXPECT_EQ(back->signed_at, example.signed_at);
  EXPECT_EQ(back->signer, example.signer);
  EXPECT_EQ(back->content.bytes, example.content.bytes);
  EXPECT_EQ(back->content.crc32, example.content.crc32);
  EXPECT_EQ(back->content.members, example.content.members);
  EXPECT_EQ(back->content.members_seen, example.content.members_seen);
  EXPECT_EQ(back->content.member_stride, example.content.member_stride);
  EXPECT_EQ(back->next_part, example.next_part);
  ASSERT_EQ(back->parts.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(back->parts[i].number, example.parts[i].number);
    EXPECT_EQ(back->parts[i].etag, example.parts[i].etag);
    EXPECT_EQ(back->parts[i].size, example.parts[i].size);
    EXPECT_EQ(back->parts[i].crc64nvme, example.parts[i].crc64nvme);
  }
}

TEST(Checkpoint, RefusesWhatCannotBeOfAnUpload) {
  const std::vector<std::function<void(json*)>> harms = {
      [](json* data) { *data = json::array(); },
      [](json* data) { (*data)["version"] = 2; },
      [](json* data) { data->erase("version"); },
      [](json* data) { data->erase("front"); },
      [](json* data) { (*data)["front"] = ""; },
      [](json* data) { (*data)["front"] = "%4"; },
      [](json* data) { (*data)["signed_at"] = "yesterday"; },
      [](json* data) { (*data)["parts"] = json::array(); },
      [](json* data) { (*data)["parts"] = "none"; },
      [](json* data) { (*data)["parts"][0][0] = 0; },
      [](json* data) { (*data)["parts"][0][0] = 2; },
      [](json* data) { (*data)["parts"][2][0] = 10'001; },
      [](json* data) { (*data)["parts"][0][1] = kSize - 1; },
      [](json* data) { (*data)["parts"][0][2] = ""; },
      [](json* data) { (*data)["parts"][0][3] = "crc"; },
      [](json* data) { (*data)["parts"][0] = json::array({1, kSize}); },
      [](json* data) { (*data)["next_part"] = 7; },
      [](json* data) { (*data)["next_part"] = 10'002; },
      [](json* data) { (*data)["members"].push_back(1); },
      [](json* data) { (*data)["members"][0] = -1; },
      [](json* data) { (*data)["member_stride"] = 0; },
      [](json* data) { (*data)["content_crc32"] = "x"; },
  };
  for (std::size_t i = 0; i < harms.size(); ++i) {
    json data = ToJson(ExampleCheckpoint());
    harms[i](&data);
    EXPECT_FALSE(ParseCheckpoint(data, kExampleBytes)) << "harm " << i << ": " << data;
  }
  EXPECT_FALSE(ParseCheckpoint(ToJson(ExampleCheckpoint()), kExampleBytes + 1)) << "another manifest's size";
  // Two parts of less than S3's least size, which add up.
  json small = ToJson(ExampleCheckpoint());
  small["parts"] = json::array({json::array({1, 1, "e"}), json::array({2, 1, "e"})});
  EXPECT_FALSE(ParseCheckpoint(small, 2));
}

TEST(Checkpoint, OfAVeryLargeManifestFitsIntoARecord) {
  OnceData data{.result = {}, .upload_id = std::string(128, 'u'), .attempt_id = "a", .validation = "v"};
  data.result.bucket = "out";
  data.result.key = "manifests/m";
  Checkpoint checkpoint = ExampleCheckpoint();
  checkpoint.parts.clear();
  for (int number = 1; number <= 4'000; ++number) {
    checkpoint.parts.push_back({number, std::string(32, 'e'), 96 << 20, UINT64_MAX});
  }
  checkpoint.content.members.clear();
  for (std::uint64_t i = 0; i < 4'096; ++i) checkpoint.content.members.push_back({i * 50'000'000, i * 500'000});
  data.checkpoint = checkpoint;
  EXPECT_LE(ToJson(data).size(), kMostCheckpointBytes);
}

}  // namespace
}  // namespace signpost::job
