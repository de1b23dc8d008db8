#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials_provider.h"
#include "aws/skewed_clock.h"
#include "http/retry.h"
#include "http/transport.h"
#include "job/run_job.h"
#include "s3/client.h"
#include "testing/fake_time.h"
#include "testing/synthetic_s3.h"

namespace signpost::job {

/// Everything a job needs, with time that passes only when somebody waits, against a server at `url`.
class JobWorld {
 public:
  explicit JobWorld(const std::string& url, std::uint64_t seed = 1);

  /// One job with these parts of the request; see Request().
  Result<JobResult> Run(const JobRequest& request);
  Result<JobResult> Run(const JobRequest& request, const CallContext& context);

  /// The same with the manifest, gzip, on standard output; `*rows` becomes its uncompressed content. Much cheaper than
  /// a run into S3, which takes the memory of an upload at once.
  Result<JobResult> RunToOutput(JobRequest request, std::string* rows);

  std::vector<std::chrono::milliseconds> waits() const { return sleeper_.waits(); }

 private:
  testing::FakeClock clock_;
  testing::FakeSleeper sleeper_{&clock_};
  testing::SeededRandom random_;
  std::unique_ptr<http::Transport> transport_;
  aws::SkewedClock skewed_{&clock_};
  aws::CredentialsCache credentials_;
  http::RetryBudget budget_;
  http::Retrier retrier_{http::RetryPolicy{}, &budget_, &clock_, &sleeper_, &random_};
  s3::Client client_;
};

/// A gzip NDJSON manifest of s3://source/`prefix` to s3://out/manifest, signed at a fixed time, by four workers.
JobRequest Request(const std::string& prefix = "");

/// The uncompressed content of concatenated gzip members; fails the test when there is anything else.
std::string Gunzip(std::string_view bytes);

/// The uncompressed manifest that Request() has published, or "(none)".
std::string Published(const testing::SyntheticS3& server);

/// Expects that no object is visible and no upload is left behind.
void ExpectNothingPublished(const testing::SyntheticS3& server);

/// The `key` members of NDJSON rows, in order.
std::vector<std::string> KeysOf(std::string_view ndjson);

/// All keys of `shape`.
std::vector<std::string> Materialise(const testing::KeyShape& shape);

/// Eight keys with the bytes that encodings trip over, in byte order.
std::shared_ptr<const testing::KeyShape> AwkwardKeys();

}  // namespace signpost::job
