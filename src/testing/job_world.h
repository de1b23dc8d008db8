#pragma once

#include <chrono>
#include <memory>
#include <optional>
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

namespace signpost::testing {

/// Everything a job needs, with time that passes only when somebody waits, against a server at `url`.
class JobWorld {
 public:
  /// With `credentials_life` the credentials are temporary ones that end so long after the beginning, 2026-01-01, and
  /// cannot be renewed.
  explicit JobWorld(const std::string& url, std::uint64_t seed = 1,
                    std::optional<std::chrono::seconds> credentials_life = std::nullopt);

  /// One job with these parts of the request; see Request().
  Result<job::JobResult> Run(const job::JobRequest& request);
  Result<job::JobResult> Run(const job::JobRequest& request, const CallContext& context);

  /// The same with the manifest on standard output, gzip unless the request says otherwise; `*rows` becomes its
  /// uncompressed content. Much cheaper than a run into S3, which takes the memory of an upload at once.
  Result<job::JobResult> RunToOutput(job::JobRequest request, std::string* rows);

  FakeClock& clock() { return clock_; }
  /// As the server's `Date` has set it; tests may set it instead.
  aws::SkewedClock& server_clock() { return skewed_; }
  std::vector<std::chrono::milliseconds> waits() const { return sleeper_.waits(); }

 private:
  FakeClock clock_;
  FakeSleeper sleeper_{&clock_};
  SeededRandom random_;
  std::unique_ptr<http::Transport> transport_;
  aws::SkewedClock skewed_{&clock_};
  aws::CredentialsCache credentials_;
  http::RetryBudget budget_;
  http::Retrier retrier_{http::RetryPolicy{}, &budget_, &clock_, &sleeper_, &random_};
  s3::Client client_;
};

/// A gzip NDJSON manifest of s3://source/`prefix` to s3://out/manifest, signed at a fixed time, by four workers.
job::JobRequest Request(const std::string& prefix = "");

/// The uncompressed content of concatenated gzip members; fails the test when there is anything else.
std::string Gunzip(std::string_view bytes);

/// The uncompressed manifest that Request() has published, or "(none)".
std::string Published(const SyntheticS3& server);

/// Expects that no object is visible and no upload is left behind.
void ExpectNothingPublished(const SyntheticS3& server);

/// The `key` members of NDJSON rows, in order.
std::vector<std::string> KeysOf(std::string_view ndjson);

/// Eight keys with the bytes that encodings trip over, in byte order.
std::shared_ptr<const KeyShape> AwkwardKeys();

}  // namespace signpost::testing
