// Any bytes as an event: no crash, bounded errors, and nothing is taken that the configuration does not allow.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "lambda/event.h"
#include "lambda/job_order.h"
#include "lambda/sqs_batch.h"

namespace {

using namespace signpost::lambda;

constexpr std::size_t kMostMessageBytes = 20'000;

void Require(bool holds) {
  if (!holds) std::abort();
}

FunctionSettings Settings() {
  FunctionSettings settings;
  settings.allow = *AllowList::Parse("s3://data/a/");
  settings.output = *ParseRoot("s3://out/manifests/");
  return settings;
}

void TakeJob(const nlohmann::json& job) {
  static const FunctionSettings settings = Settings();
  const auto order = ReadJob(job, settings);
  if (!order) {
    Require(!order.error().message.empty() && order.error().message.size() < kMostMessageBytes);
    Require(nlohmann::json::accept(ToJson(order.error())));
    return;
  }
  const auto& request = order->request;
  Require(request.bucket.name() == "data" && request.prefix.starts_with("a/"));
  const auto& target = std::get<signpost::job::S3Target>(request.output);
  Require(target.bucket.name() == "out" && target.key.starts_with("manifests/"));
  Require(request.concurrency >= 1 && request.concurrency <= 1024);
  Require(request.urls.expires_in.count() >= 1 && request.urls.expires_in.count() <= 604'800);
}

void TakeBatch(const SqsBatch& batch) {
  const auto failed = RunBatch(batch, {.may_start = [] { return true; },
                                       .run =
                                           [](const SqsRecord& record) {
                                             Require(!record.message_id.empty());
                                             const auto job = OpenMessage(record.body);
                                             if (job) TakeJob(*job);
                                             return job.has_value();
                                           }});
  Require(failed.size() <= batch.records.size());
  Require(nlohmann::json::accept(ToBatchAnswer(failed)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto event = DecodeEvent({reinterpret_cast<const char*>(data), size});
  if (!event) {
    Require(event.error().message.size() < kMostMessageBytes);
  } else if (const auto* batch = std::get_if<SqsBatch>(&*event)) {
    TakeBatch(*batch);
  } else {
    TakeJob(std::get<JobEvent>(*event).job);
  }
  return 0;
}
