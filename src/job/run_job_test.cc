// Whole jobs against a synthetic S3 on loopback, in the forms and endings that no other test has:
// tests/faults/job/ holds the faults.

#include "job/run_job.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <optional>
#include <sstream>
#include <stop_token>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "testing/job_world.h"
#include "testing/temporary_folder.h"

namespace signpost::job {
namespace {

using ::testing::AllOf;
using testing::AwkwardKeys;
using testing::ExpectNothingPublished;
using ::testing::HasSubstr;
using testing::JobWorld;
using testing::KeysOf;
using testing::Materialise;
using testing::Request;
using ::testing::StartsWith;
using testing::SyntheticCall;
using testing::SyntheticFault;
using testing::SyntheticRequest;
using testing::SyntheticS3;

using Rows = std::vector<std::vector<std::string>>;

/// The fields of each record (RFC 4180 section 2).
Rows ReadCsv(std::string_view text) {
  Rows rows(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& field = rows.back().back();
    if (text[i] == '"') {
      const bool is_pair = quoted && i + 1 < text.size() && text[i + 1] == '"';
      if (is_pair) field += text[++i];
      quoted = is_pair || !quoted;
    } else if (quoted || (text[i] != ',' && text[i] != '\r')) {
      field += text[i];
    } else if (text[i] == ',') {
      rows.back().emplace_back();
    } else {
      EXPECT_EQ(text.substr(i, 2), "\r\n");
      ++i;
      rows.push_back({""});
    }
  }
  EXPECT_EQ(rows.back(), std::vector<std::string>{""}) << "the last line has no end";
  rows.pop_back();
  return rows;
}

/// The key of a path-style URL of s3://source.
std::string KeyOfUrl(const std::string& url, const std::string& server) {
  const std::string head = server + "/source/";
  std::string key;
  EXPECT_THAT(url, AllOf(StartsWith(head), HasSubstr("?X-Amz-Algorithm="), HasSubstr("&X-Amz-Signature=")));
  EXPECT_TRUE(AppendPercentDecoded(url.substr(head.size(), url.find('?') - head.size()), false, &key));
  return key;
}

std::shared_ptr<const testing::KeyShape> ManyKeys() { return std::move(testing::MakeKeyShape("uuid", 40'000).value()); }

/// Rows that fill several parts, signed at the time of the first page.
JobRequest LargeRequest() {
  JobRequest request = Request();
  request.compression = manifest::Compression::kNone;
  request.urls.signing_time.reset();
  return request;
}

TEST(RunJob, WritesCsvWhoseReaderFindsEveryKeyAndItsUrl) {
  SyntheticS3 server(AwkwardKeys(), {.page_size = 3});
  for (const auto compression : {manifest::Compression::kNone, manifest::Compression::kGzip}) {
    JobRequest request = Request();
    request.format = manifest::Format::kCsv;
    request.compression = compression;
    std::string text;
    const auto result = JobWorld(server.url()).RunToOutput(request, &text);
    ASSERT_TRUE(result) << result.error().ToString();
    Rows rows = ReadCsv(text);
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows.front(), (std::vector<std::string>{"key", "size", "etag", "last_modified", "url", "error"}));
    rows.erase(rows.begin());
    const auto keys = Materialise(*AwkwardKeys());
    ASSERT_EQ(rows.size(), keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ASSERT_EQ(rows[i].size(), 6U);
      EXPECT_EQ(rows[i][0], keys[i]);
      EXPECT_EQ(KeyOfUrl(rows[i][4], server.url()), keys[i]);
      EXPECT_EQ(rows[i][5], "");
    }
    EXPECT_EQ(result->count, keys.size());
  }
}

TEST(RunJob, WritesOneUrlALineInKeyOrder) {
  SyntheticS3 server(AwkwardKeys(), {.page_size = 3});
  JobRequest request = Request();
  request.format = manifest::Format::kUrls;
  std::string text;
  const auto result = JobWorld(server.url()).RunToOutput(request, &text);
  ASSERT_TRUE(result) << result.error().ToString();
  std::vector<std::string> keys;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) keys.push_back(KeyOfUrl(line, server.url()));
  EXPECT_EQ(keys, Materialise(*AwkwardKeys()));
}

TEST(RunJob, AnswersWithoutUrlOrPathWhenTheManifestWentToStandardOutput) {
  SyntheticS3 server(AwkwardKeys(), {.page_size = 3});
  JobRequest request = Request();
  request.compression = manifest::Compression::kNone;
  std::string rows;
  const auto result = JobWorld(server.url()).RunToOutput(request, &rows);
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(KeysOf(rows), Materialise(*AwkwardKeys()));
  EXPECT_FALSE(result->manifest_url.has_value());
  EXPECT_FALSE(result->bucket.has_value());
  EXPECT_FALSE(result->key.has_value());
  EXPECT_FALSE(result->path.has_value());
  EXPECT_EQ(result->manifest_bytes, rows.size());
  EXPECT_EQ(result->list_calls, 3U);
  EXPECT_EQ(server.requests(), 3) << "something was sent beside the listing";
}

TEST(RunJob, AnswersWithThePathOfAFile) {
  SyntheticS3 server(AwkwardKeys());
  const testing::TemporaryFolder folder;
  JobRequest request = Request();
  request.output = FileTarget{(folder / "rows.ndjson").string()};
  const auto result = JobWorld(server.url()).Run(request);
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(result->path, (folder / "rows.ndjson").string());
  EXPECT_FALSE(result->manifest_url.has_value());
  std::ostringstream rows;
  rows << std::ifstream(*result->path).rdbuf();
  EXPECT_EQ(KeysOf(rows.str()), Materialise(*AwkwardKeys()));
}

TEST(RunJob, UrlsThatExpireBeforeTheManifestIsCompleteArePublishedNowhere) {
  SyntheticS3 server(ManyKeys());
  JobWorld world(server.url());
  JobRequest request = LargeRequest();
  request.urls.expires_in = std::chrono::seconds(900);
  const auto tick_at_last_page = [&](std::chrono::seconds by) {
    return [&world, by](const SyntheticRequest& each) -> std::optional<SyntheticFault> {
      if (each.call == SyntheticCall::kList && each.number_of_call == 39) world.clock().Advance(by);
      return std::nullopt;
    };
  };
  server.StartRound(tick_at_last_page(std::chrono::seconds(899)));
  const auto in_time = world.Run(request);
  ASSERT_TRUE(in_time) << in_time.error().ToString();

  server.StartRound(tick_at_last_page(std::chrono::seconds(900)));
  const auto late = world.Run(request);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kDeadlineExceeded) << late.error().ToString();
  EXPECT_THAT(late.error().message, HasSubstr("expired at 2026-01-01T00:29:59Z"));
  EXPECT_GT(server.count(SyntheticCall::kUploadPart), 0) << "no upload was under way: the test is too small";
  ExpectNothingPublished(server);
}

TEST(RunJob, CancelAbortsTheUpload) {
  SyntheticS3 server(ManyKeys());
  for (const SyntheticCall at : {SyntheticCall::kUploadPart, SyntheticCall::kList}) {
    std::stop_source stop;
    server.StartRound([&stop, at](const SyntheticRequest& each) -> std::optional<SyntheticFault> {
      const int last = at == SyntheticCall::kList ? 39 : 0;
      if (each.call == at && each.number_of_call == last) stop.request_stop();
      return std::nullopt;
    });
    const auto result = JobWorld(server.url()).Run(LargeRequest(), {.stop = stop.get_token(), .deadline = {}});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kCancelled) << result.error().ToString();
    // Many stretches are listed at once: the stop may come before the first part is full.
    ASSERT_GE(server.count(SyntheticCall::kCreateUpload), at == SyntheticCall::kUploadPart ? 1 : 0);
    EXPECT_EQ(server.count(SyntheticCall::kAbort), server.count(SyntheticCall::kCreateUpload));
    EXPECT_EQ(server.count(SyntheticCall::kComplete), 0);
    ExpectNothingPublished(server);
  }
}

TEST(RunJob, CredentialsThatEndBeforeTheUrlsAreRefusedBeforeAnyRequest) {
  SyntheticS3 server(AwkwardKeys());
  JobRequest request = Request();
  request.urls.expires_in = std::chrono::hours(2);
  const auto result = JobWorld(server.url(), 1, std::chrono::hours(1)).Run(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnauthenticated) << result.error().ToString();
  EXPECT_THAT(result.error().message, AllOf(HasSubstr("2026-01-01T02:00:00Z"), HasSubstr("2026-01-01T01:00:00Z")));
  EXPECT_EQ(server.requests(), 0);
}

TEST(RunJob, ShortLivedCredentialsAllowedGiveTheTimeThatHolds) {
  SyntheticS3 server(AwkwardKeys());
  JobRequest request = Request();
  request.urls.expires_in = std::chrono::hours(2);
  request.urls.allow_short_lived = true;
  const auto result = JobWorld(server.url(), 1, std::chrono::hours(1)).Run(request);
  ASSERT_TRUE(result) << result.error().ToString();
  EXPECT_EQ(result->expires_at, std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::hours(1));
  EXPECT_FALSE(result->expires_at_is_upper_bound);
  EXPECT_THAT(*result->manifest_url, HasSubstr("X-Amz-Security-Token=token"));
}

}  // namespace
}  // namespace signpost::job
