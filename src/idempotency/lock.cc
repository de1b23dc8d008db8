#include "idempotency/lock.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace signpost::idempotency {
namespace {

/// How often a record may change under a claim before the claim gives up: each change is another worker's success.
constexpr int kMaxTries = 5;

/// The time in the past that marks a lock as given back.
constexpr TimePoint kReleased{};

Record NewRecord(const ClaimRequest& request, TimePoint now) {
  const auto forgotten = std::chrono::ceil<std::chrono::seconds>(std::max(now + request.ttl, request.until));
  return {.id = request.id,
          .status = RecordStatus::kInProgress,
          .owner = request.owner,
          .in_progress_expiration = request.until,
          .expiration = forgotten,
          .validation = request.validation};
}

bool IsRejected(const Record& record, const ClaimRequest& request) {
  return request.rejected && record.IsSameWriteAs(request.rejected->record);
}

/// Whether nobody may claim over `record` yet.
bool IsAlive(const Record& record, const ClaimRequest& request, TimePoint now) {
  if (record.status == RecordStatus::kCompleted) return now < record.expiration && !IsRejected(record, request);
  if (record.in_progress_expiration == kReleased) return false;
  return now < record.in_progress_expiration + request.margin;
}

Result<Claim> AnswerAlive(const Stored& found, const ClaimRequest& request) {
  const Record& record = found.record;
  if (!record.validation.empty() && record.validation != request.validation) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("the record '{}' belongs to a job that was asked for with other options", record.id));
  }
  if (record.status == RecordStatus::kCompleted) return found;
  return Held{record.in_progress_expiration + request.margin};
}

}  // namespace

Result<Claim> TryClaim(Store* store, const Clock& clock, const CallContext& context, const ClaimRequest& request) {
  const Record fresh = NewRecord(request, clock.Now());
  auto outcome =
      request.rejected ? Result<WriteOutcome>(WriteOutcome{.now = request.rejected}) : store->Create(context, fresh);
  for (int i = 0; i < kMaxTries; ++i) {
    if (!outcome) return Forward(outcome);
    if (outcome->written) return std::make_unique<Lock>(store, std::move(*outcome->now));
    if (!outcome->now) {
      outcome = store->Create(context, fresh);
      continue;
    }
    const Stored found = std::move(*outcome->now);
    if (IsAlive(found.record, request, clock.Now())) return AnswerAlive(found, request);
    Record next = fresh;
    // What a holder noted before it stopped is still to be resolved; what was completed is history.
    if (found.record.status == RecordStatus::kInProgress) next.data = found.record.data;
    outcome = store->Replace(context, found, next);
  }
  return Fail(ErrorCode::kUnavailable, fmt::format("claiming the record '{}' in {}: others change it all the time",
                                                   request.id, store->Describe()));
}

Status UndoClaim(Store* store, const CallContext& context, const ClaimRequest& request) {
  auto found = store->Read(context, request.id);
  if (!found) return Forward(found);
  if (!*found || (*found)->record.owner != request.owner) return {};
  return Lock(store, std::move(**found)).Release(context);
}

std::string Lock::data() const {
  const std::lock_guard lock(mutex_);
  return current_.record.data;
}

Status Lock::Extend(const CallContext& context, TimePoint until) {
  return Write(context, [until](Record* record) {
    record->in_progress_expiration = until;
    record->expiration = std::max(record->expiration, std::chrono::ceil<std::chrono::seconds>(until));
  });
}

Status Lock::Note(const CallContext& context, const std::string& data, TimePoint until) {
  return Write(context, [&](Record* record) {
    record->data = data;
    record->in_progress_expiration = until;
    record->expiration = std::max(record->expiration, std::chrono::ceil<std::chrono::seconds>(until));
  });
}

Status Lock::Complete(const CallContext& context, std::chrono::sys_seconds expiration) {
  return Write(context, [expiration](Record* record) {
    record->status = RecordStatus::kCompleted;
    record->expiration = expiration;
  });
}

Status Lock::Release(const CallContext& context) {
  {
    const std::lock_guard lock(mutex_);
    if (lost_ || current_.record.status == RecordStatus::kCompleted) return {};
  }
  return Write(context, [](Record* record) {
    if (record->status == RecordStatus::kInProgress) record->in_progress_expiration = kReleased;
  });
}

Status Lock::Leave(const CallContext& context, const std::string& data) {
  return Write(context, [&data](Record* record) {
    record->data = data;
    record->in_progress_expiration = kReleased;
  });
}

bool Lock::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

std::optional<Stored> Lock::successor() const {
  const std::lock_guard lock(mutex_);
  return successor_;
}

Status Lock::Write(const CallContext& context, const std::function<void(Record*)>& change) {
  const std::lock_guard lock(mutex_);
  for (int i = 0; i < 2 && !lost_; ++i) {
    Record next = current_.record;
    change(&next);
    revision_ = std::max(revision_, current_.record.revision) + 1;
    next.revision = revision_;
    auto outcome = store_->Replace(context, current_, next);
    if (!outcome) return Forward(outcome);
    const bool is_ours = outcome->now && outcome->now->record.owner == current_.record.owner;
    if (is_ours) current_ = *outcome->now;
    if (outcome->written) return {};
    // Ours, but not what was known: a write whose answer never came took effect. It is known now; once more.
    if (!is_ours) {
      lost_ = true;
      successor_ = std::move(outcome->now);
    }
  }
  return Lost();
}

Status Lock::Lost() const {
  return Fail(ErrorCode::kConflict, fmt::format("the lock on the record '{}' in {} was lost to another worker",
                                                current_.record.id, store_->Describe()));
}

}  // namespace signpost::idempotency
