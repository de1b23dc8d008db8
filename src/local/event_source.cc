#include "local/event_source.h"

#include <algorithm>

#include <fmt/format.h>

#include "local/batch_rules.h"
#include "local/invoke_api.h"

namespace signpost::local {
namespace {

using std::chrono::seconds;

constexpr seconds kPollWait{10};
constexpr seconds kDeleteLimit{10};
constexpr std::size_t kMostReceivedAtOnce = 10;
constexpr std::size_t kRecordOverhead = 1;  // A comma.

std::string EventOf(const std::vector<SqsMessage>& batch) {
  std::string event = R"({"Records":[)";
  for (const SqsMessage& message : batch) {
    if (&message != &batch.front()) event += ',';
    event += message.record;
  }
  return event + "]}";
}

}  // namespace

Status EventSource::Run(const CallContext& context) {
  auto facts = queue_->Describe(context);
  if (!facts) return Forward(facts);
  if (facts->visibility_timeout < options_.function_timeout) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the queue's visibility timeout ({} s) is shorter than the function's timeout ({} s); "
                            "Lambda refuses that, too",
                            facts->visibility_timeout.count(), options_.function_timeout.count()));
  }
  while (!context.stop.stop_requested()) {
    auto batch = Collect(context);
    if (!batch) return context.stop.stop_requested() ? Status() : Forward(batch);
    for (const Batch& part : Split(std::move(*batch))) {
      if (Status done = Process(part); !done) return context.stop.stop_requested() ? Status() : done;
    }
  }
  return {};
}

Result<EventSource::Batch> EventSource::Collect(const CallContext& context) {
  Batch batch;
  std::size_t bytes = 0;
  std::optional<TimePoint> window_end;
  while (batch.size() < options_.batch_size) {
    seconds wait = kPollWait;
    if (window_end) {
      wait = std::clamp(std::chrono::ceil<seconds>(*window_end - clock_->Now()), seconds(0), kPollWait);
      if (*window_end <= clock_->Now()) break;
    }
    const auto most = std::min(options_.batch_size - batch.size(), kMostReceivedAtOnce);
    auto received = queue_->Receive(context, static_cast<int>(most), wait);
    if (!received) return Forward(received);
    if (received->empty() && !window_end) return batch;
    if (!window_end) window_end = clock_->Now() + options_.window;
    for (SqsMessage& message : *received) {
      bytes += message.record.size();
      batch.push_back(std::move(message));
    }
    if (bytes > kMostEventBytes) break;
  }
  return batch;
}

std::vector<EventSource::Batch> EventSource::Split(Batch batch) {
  std::vector<Batch> parts;
  std::size_t room = 0;
  for (SqsMessage& message : batch) {
    const std::size_t needed = message.record.size() + kRecordOverhead;
    if (needed > room) {
      parts.emplace_back();
      room = kMostEventBytes - EventOf({}).size();
    }
    room -= std::min(room, needed);
    parts.back().push_back(std::move(message));
  }
  return parts;
}

Status EventSource::Process(const Batch& batch) {
  auto result = invoke_(EventOf(batch));
  if (result && misbehaviour_->Take(Fault::kSqsTwice)) result = invoke_(EventOf(batch));
  if (!result) return Forward(result);
  const std::vector<std::string> done = Successes(batch, *result);
  if (done.empty()) return {};
  // Not to be stopped: what is done must not come again.
  const Status deleted = queue_->Delete({.stop = {}, .deadline = clock_->Now() + kDeleteLimit}, done);
  if (!deleted && options_.log) options_.log(deleted.error().ToString());
  return {};
}

std::vector<std::string> EventSource::Successes(const Batch& batch, const InvokeResult& result) {
  std::vector<std::string> ids;
  for (const SqsMessage& message : batch) ids.push_back(message.message_id);
  BatchVerdict verdict;
  if (result.function_error) {
    verdict = {.whole_batch_failed = true, .failed = {}, .note = "the function failed"};
  } else if (options_.report_batch_item_failures) {
    verdict = JudgeBatch(result.payload, ids);
  }
  std::vector<std::string> done;
  for (const SqsMessage& message : batch) {
    const bool failed =
        verdict.whole_batch_failed || std::ranges::find(verdict.failed, message.message_id) != verdict.failed.end();
    if (!failed) done.push_back(message.receipt_handle);
  }
  if (options_.log) {
    options_.log(fmt::format("batch of {}: {} done, {} to come again{}{}", batch.size(), done.size(),
                             batch.size() - done.size(), verdict.note.empty() ? "" : ": ", verdict.note));
  }
  return done;
}

}  // namespace signpost::local
