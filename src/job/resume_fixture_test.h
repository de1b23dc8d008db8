#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "aws/static_provider.h"
#include "http/curl_transport.h"
#include "job/job_identity.h"
#include "job/once_data.h"
#include "job/run_once.h"
#include "manifest/verifier.h"
#include "testing/fake_time.h"
#include "testing/job_world.h"
#include "testing/memory_store.h"
#include "testing/synthetic_s3.h"

namespace signpost::job {

/// Counts how often each key is listed.
class ListingWatch final : public http::Transport {
 public:
  ListingWatch(http::Transport* inner, std::map<std::string, int>* listed, std::mutex* mutex)
      : inner_(inner), listed_(listed), mutex_(mutex) {}

  Status Send(const CallContext& context, const http::Request& request, http::Response* response) override {
    Status sent = inner_->Send(context, request, response);
    if (!sent || !request.url.contains("list-type=2")) return sent;
    const std::lock_guard lock(*mutex_);
    std::string_view body = response->body;
    for (std::size_t at = 0; (at = body.find("<Key>")) != std::string_view::npos;) {
      body.remove_prefix(at + 5);
      ++(*listed_)[std::string(body.substr(0, body.find('<')))];
    }
    return sent;
  }

 private:
  http::Transport* const inner_;
  std::map<std::string, int>* const listed_;
  std::mutex* const mutex_;
};

/// A source of credentials that is away.
class NoCredentials final : public aws::CredentialsProvider {
 public:
  Result<Credentials> Fetch(const CallContext& /*context*/) override {
    return Fail(ErrorCode::kUnavailable, "the source of credentials is away");
  }
  bool CanRefresh() const override { return true; }
  std::string Describe() const override { return "the test"; }
};

inline Credentials SessionOf(std::string token) {
  return {.access_key_id = "ASIA" + token,
          .secret_access_key = SecretString("PLANTED-SECRET"),
          .session_token = SecretString("PLANTED-" + token),
          .expires_at = std::nullopt};
}

/// A server, records and a clock that outlast the invocations, each of which has a minute and everything else new.
class ResumeTest : public ::testing::Test {
 protected:
  using Call = testing::SyntheticCall;
  using Fault = testing::SyntheticFault;
  using Act = std::function<std::optional<Fault>(const testing::SyntheticRequest&)>;

  static constexpr std::chrono::seconds kTime{60};     // of an invocation
  static constexpr std::chrono::seconds kCleanUp{10};  // in the end; and before it nothing new is begun for as long
  static constexpr std::chrono::seconds kMargin{5};    // after a lock's end

  static JobRequest Request() {
    JobRequest request{.bucket = *Bucket::Parse("source"),
                       .prefix = "",
                       .output = S3Target{*Bucket::Parse("out"), "manifests/"},
                       .concurrency = 1};
    request.urls.expires_in = std::chrono::hours(12);
    request.lookahead_bytes = 16 << 20;  // Takes less time to provide memory for.
    return request;
  }

  void Serve(std::string_view shape, std::uint64_t keys) {
    server_ = std::make_unique<testing::SyntheticS3>(std::move(testing::MakeKeyShape(shape, keys).value()),
                                                     testing::SyntheticS3Options{.keep_uploads = true});
    server_->StartRound([this](const testing::SyntheticRequest& request) -> std::optional<Fault> {
      if (request.call == Call::kList && ++lists_ == cut_at_) clock_.Advance(kTime - kCleanUp);
      Act act;
      {
        const std::lock_guard lock(mutex_);
        act = act_;
      }
      return act ? act(request) : std::nullopt;
    });
  }

  /// Called for every request from now on.
  void OnRequest(Act act) {
    const std::lock_guard lock(mutex_);
    act_ = std::move(act);
  }
  /// Calls `act` before the first request of this kind from now on.
  void Before(Call call, const std::function<void()>& act) {
    OnRequest([call, act, done = std::make_shared<std::atomic<bool>>(false)](
                  const testing::SyntheticRequest& request) -> std::optional<Fault> {
      if (request.call == call && !done->exchange(true)) act();
      return std::nullopt;
    });
  }

  /// One invocation, of which the time runs out while it waits for its `lists`-th page; 0: never. `token` tells its
  /// credentials; empty: there are none to be had.
  Result<OnceOutcome> Invoke(const JobRequest& request, int lists = 0, const std::string& token = "1",
                             std::stop_token stop = {}, bool has_deadline = true) {
    http::CurlTransport curl({}, &clock_);
    ListingWatch transport(&curl, &listed_, &mutex_);
    http::RetryBudget budget;
    http::Retrier retrier({}, &budget, &clock_, &no_wait_, &random_);
    aws::SkewedClock skewed(&clock_);
    std::unique_ptr<aws::CredentialsProvider> provider = std::make_unique<NoCredentials>();
    if (!token.empty()) provider = std::make_unique<aws::StaticProvider>(SessionOf(token), "the test");
    aws::CredentialsCache credentials(std::move(provider), &clock_);
    s3::Client client({.region = {"us-east-1"}, .endpoint = {.endpoint_url = server_->url()}}, &transport, &credentials,
                      &retrier, &skewed);
    Progress progress;
    const Services services{
        .client = &client, .random = &random_, .clock = &clock_, .progress = &progress, .clean_up_within = kCleanUp};
    lists_ = 0;
    cut_at_ = lists == 0 ? -1 : lists;
    CallContext context{.stop = std::move(stop), .deadline = std::nullopt};
    if (has_deadline) context.deadline = clock_.Now() + kTime;
    auto outcome = RunOnce(request, services, {.store = &store_, .sleeper = &sleeper_, .options = {}}, context);
    resumed_ = progress.resumed;
    return outcome;
  }

  /// One that is cut, or throttled until its time is over; its message.
  std::string Cut(const JobRequest& request, int lists, const std::string& token = "1") {
    const auto outcome = Invoke(request, lists, token);
    if (outcome) {
      ADD_FAILURE() << "not cut";
      return {};
    }
    EXPECT_THAT(outcome.error().code, ::testing::AnyOf(ErrorCode::kDeadlineExceeded, ErrorCode::kThrottled))
        << outcome.error().ToString();
    return outcome.error().message;
  }

  /// One that ends well.
  JobResult Done(const JobRequest& request, const std::string& token = "1") {
    auto outcome = Invoke(request, 0, token);
    if (!outcome || !std::holds_alternative<JobResult>(*outcome)) {
      ADD_FAILURE() << (outcome ? "in progress elsewhere" : outcome.error().ToString());
      return {};
    }
    return std::get<JobResult>(std::move(*outcome));
  }

  /// Back to the first second, as if nothing had been: a later manifest then has the same URLs.
  void StartOver(const JobRequest& request) {
    clock_.Advance(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) - clock_.Now());
    store_.Erase(IdentityOf(request).id);
    listed_.clear();
  }

  /// From its `lists`-th page on, the invocation is asked to slow down until its time is over.
  void ThrottleFrom(int lists) {
    OnRequest([this, lists](const testing::SyntheticRequest& request) -> std::optional<Fault> {
      if (request.call != Call::kList || lists_ < lists) return std::nullopt;
      clock_.Advance(kTime);
      return Fault{.status = 503, .code = "SlowDown"};
    });
  }

  std::string BytesOf(const JobResult& result) const {
    const auto object = server_->store()->Find(result.key.value_or(""));
    return object ? object->body : std::string();
  }

  /// The manifest's proof of completeness.
  void ExpectVerifies(const JobResult& result) const {
    class Bytes final : public manifest::ByteSource {
     public:
      explicit Bytes(std::string bytes) : bytes_(std::move(bytes)) {}
      std::uint64_t size() const override { return bytes_.size(); }
      Result<std::string> Read(const CallContext&, std::uint64_t first, std::uint64_t length) override {
        return bytes_.substr(first, length);
      }

     private:
      const std::string bytes_;
    };
    Bytes bytes(BytesOf(result));
    const auto report = manifest::Verify(bytes, {});
    ASSERT_TRUE(report) << report.error().ToString();
    EXPECT_THAT(report->problems, ::testing::IsEmpty());
    EXPECT_TRUE(report->complete());
    EXPECT_EQ(report->rows_read, result.count);
  }

  idempotency::Record Record(const JobRequest& request) const {
    return store_.Find(IdentityOf(request).id).value_or(idempotency::Stored{}).record;
  }
  OnceData Data(const JobRequest& request) const { return ParseOnceData(Record(request).data).value_or(OnceData()); }
  /// Changes what the record tells.
  void Rewrite(const JobRequest& request, const std::function<void(nlohmann::json*)>& change) {
    idempotency::Record record = Record(request);
    nlohmann::json data = nlohmann::json::parse(record.data);
    change(&data);
    record.data = data.dump();
    store_.Plant(record);
  }

  int uploads() const { return server_->store()->uploads_in_progress(); }
  std::vector<std::string> Manifests() const { return server_->store()->Keys(); }
  int MostListed() const {
    int most = 0;
    for (const auto& [key, times] : listed_) most = std::max(most, times);
    return most;
  }

  http::CurlGlobal curl_;
  testing::FakeClock clock_;
  testing::FakeSleeper no_wait_{&clock_};
  SystemSleeper sleeper_;
  testing::SeededRandom random_{5};
  testing::MemoryStore store_;
  std::unique_ptr<testing::SyntheticS3> server_;
  std::atomic<int> lists_ = 0;
  std::atomic<int> cut_at_ = -1;
  bool resumed_ = false;  // the last invocation went on where another had stopped
  std::mutex mutex_;
  Act act_;                            // guarded by mutex_
  std::map<std::string, int> listed_;  // guarded by mutex_
};

}  // namespace signpost::job
