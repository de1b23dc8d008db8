#include "job/job_result.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace signpost::job {
namespace {

JobResult ExampleResult() {
  JobResult result;
  result.manifest_url = "https://h/manifests/x.ndjson.gz?X-Amz-Signature=00";
  result.bucket = "data";
  result.key = "manifests/x.ndjson.gz";
  result.count = 3;
  result.error_count = 1;
  result.errors = {{"a\xff", "InvalidObjectState", "archived"}};
  result.object_bytes = 10;
  result.manifest_bytes = 20;
  result.expires_at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);
  result.list_calls = 4;
  result.elapsed = std::chrono::milliseconds(5);
  return result;
}

TEST(JobResult, IsOneLineWithTheFieldsInOrder) {
  EXPECT_EQ(ExampleResult().ToJson(),
            R"({"manifest_url":"https://h/manifests/x.ndjson.gz?X-Amz-Signature=00","bucket":"data",)"
            R"("key":"manifests/x.ndjson.gz","format":"ndjson","count":3,"error_count":1,"errors":[{"key":"a)"
            "\xef\xbf\xbd"
            R"(","code":"InvalidObjectState","message":"archived"}],"object_bytes":10,"manifest_bytes":20,)"
            R"("expires_at":"2026-01-02T00:00:00Z","expires_at_is_upper_bound":false,"replayed":false,"list_calls":4,)"
            R"("elapsed_ms":5})");
}

TEST(JobResult, HasNoUrlForAFile) {
  JobResult result = ExampleResult();
  result.manifest_url.reset();
  result.bucket.reset();
  result.key.reset();
  result.path = "out.gz";
  const auto read = nlohmann::json::parse(result.ToJson());
  EXPECT_TRUE(read.at("manifest_url").is_null());
  EXPECT_EQ(read.at("path"), "out.gz");
}

}  // namespace
}  // namespace signpost::job
