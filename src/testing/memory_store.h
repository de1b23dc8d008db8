#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "idempotency/store.h"

namespace signpost::testing {

/// A store in memory, with faults on demand. Thread-safe.
class MemoryStore final : public idempotency::Store {
 public:
  enum class Call { kRead, kCreate, kReplace };
  enum class Fault {
    kNone,
    kRefuse,      ///< kUnavailable, without effect.
    kLoseAnswer,  ///< kUnavailable, after it took effect.
  };
  /// Called for every call, with its number from 0, before it takes effect and without a lock held.
  using FaultHook = std::function<Fault(Call call, int number)>;

  void SetFaults(FaultHook faults) {
    const std::lock_guard lock(mutex_);
    faults_ = std::move(faults);
    calls_ = 0;
  }

  Result<std::optional<idempotency::Stored>> Read(const CallContext& context, const std::string& id) override {
    const Fault fault = Enter(Call::kRead);
    if (auto refused = Refuse(context, fault != Fault::kNone); !refused) return Forward(refused);
    return Find(id);
  }

  Result<idempotency::WriteOutcome> Create(const CallContext& context, const idempotency::Record& record) override {
    return Write(context, Enter(Call::kCreate), record, nullptr);
  }

  Result<idempotency::WriteOutcome> Replace(const CallContext& context, const idempotency::Stored& seen,
                                            const idempotency::Record& record) override {
    return Write(context, Enter(Call::kReplace), record, &seen);
  }

  std::string Describe() const override { return "memory"; }

  /// What is there, without a call counted.
  std::optional<idempotency::Stored> Find(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(id);
    return found == records_.end() ? std::nullopt : std::optional(found->second);
  }
  /// All of it.
  std::map<std::string, idempotency::Stored> records() const {
    const std::lock_guard lock(mutex_);
    return records_;
  }
  /// Puts a record in, whatever is there: as another program would, or a TTL that takes it away.
  void Plant(const idempotency::Record& record) {
    const std::lock_guard lock(mutex_);
    records_[record.id] = {.record = record, .version = std::to_string(++writes_)};
  }
  void Erase(const std::string& id) {
    const std::lock_guard lock(mutex_);
    records_.erase(id);
  }
  int calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  Fault Enter(Call call) {
    FaultHook faults;
    int number = 0;
    {
      const std::lock_guard lock(mutex_);
      faults = faults_;
      number = calls_++;
    }
    return faults ? faults(call, number) : Fault::kNone;
  }

  static Status Refuse(const CallContext& context, bool refuse) {
    if (context.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled");
    if (refuse) return Fail(ErrorCode::kUnavailable, "the store is away");
    return {};
  }

  Result<idempotency::WriteOutcome> Write(const CallContext& context, Fault fault, const idempotency::Record& record,
                                          const idempotency::Stored* seen) {
    if (auto refused = Refuse(context, fault == Fault::kRefuse); !refused) return Forward(refused);
    const std::lock_guard lock(mutex_);
    const auto found = records_.find(record.id);
    const bool may =
        seen == nullptr ? found == records_.end() : found != records_.end() && found->second.version == seen->version;
    if (may) records_[record.id] = {.record = record, .version = std::to_string(++writes_)};
    if (fault == Fault::kLoseAnswer) return Fail(ErrorCode::kUnavailable, "the answer was lost");
    if (may) return idempotency::WriteOutcome{.written = true, .now = records_[record.id]};
    if (found == records_.end()) return idempotency::WriteOutcome{};
    return idempotency::WriteOutcome{.written = found->second.record.IsSameWriteAs(record), .now = found->second};
  }

  mutable std::mutex mutex_;
  std::map<std::string, idempotency::Stored> records_;  // guarded by mutex_
  FaultHook faults_;                                    // guarded by mutex_
  int calls_ = 0;                                       // guarded by mutex_
  int writes_ = 0;                                      // guarded by mutex_
};

}  // namespace signpost::testing
