#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "base/call_context.h"
#include "base/clock.h"
#include "idempotency/store.h"

namespace signpost::idempotency {

/// What a claim is made with.
struct ClaimRequest {
  std::string id;
  std::string validation;                   ///< See Record.
  std::string owner;                        ///< Random, new for each claim.
  TimePoint until;                          ///< When the lock ends unless it is extended.
  std::chrono::seconds ttl{86'400};         ///< From now until the record is forgotten.
  std::chrono::milliseconds margin{5'000};  ///< A lock counts as held for so long after its end: clocks differ.
  std::optional<Stored> rejected;           ///< A completed record that is no good any more: claimed over.
};

/// A claimed record: the one way to change it. Every write is conditional on the state that this object wrote last, so
/// whoever lost the lock to another changes nothing any more. Thread-safe.
class Lock {
 public:
  /// `store` and `clock` must outlive this object.
  Lock(Store* store, Stored claimed) : store_(store), current_(std::move(claimed)) {}

  /// What the previous holder noted and did not complete; empty when there is nothing to resolve.
  std::string data() const;

  /// Moves the lock's end. kConflict, here and below: the lock was lost.
  Status Extend(const CallContext& context, TimePoint until);

  /// Puts `data` into the record, and moves the lock's end: what the next holder finds if this one stops here.
  Status Note(const CallContext& context, const std::string& data, TimePoint until);

  /// Completes the record with the data noted last.
  Status Complete(const CallContext& context, std::chrono::sys_seconds expiration);

  /// Gives the lock back, with the data noted last: the next claim succeeds at once. Nothing happens to a lock that was
  /// lost or a record that is complete.
  Status Release(const CallContext& context);

  /// Note() and Release() in one write: gives the lock back with `data` for the next holder to go on from.
  Status Leave(const CallContext& context, const std::string& data);

  bool lost() const;
  /// What is in the place of a lost lock's record; empty if that vanished.
  std::optional<Stored> successor() const;

 private:
  /// Writes the current record as `change` makes it. An own earlier write whose outcome was not known is taken note of.
  Status Write(const CallContext& context, const std::function<void(Record*)>& change);
  Status Lost() const;

  Store* const store_;
  mutable std::mutex mutex_;
  Stored current_;                   // guarded by mutex_; as far as it is known
  std::uint64_t revision_ = 0;       // guarded by mutex_; the last one used, whether or not it was written
  bool lost_ = false;                // guarded by mutex_
  std::optional<Stored> successor_;  // guarded by mutex_
};

/// Somebody else has the lock.
struct Held {
  TimePoint until;  ///< When it can be claimed unless it is extended.
};

/// A lock; or whose it is; or a completed record.
using Claim = std::variant<std::unique_ptr<Lock>, Held, Stored>;

/// Claims the record `request.id`: a new one, one whose lock or life has ended, or the rejected one. kInvalidArgument
/// when the record is alive and another request's (`validation`).
Result<Claim> TryClaim(Store* store, const Clock& clock, const CallContext& context, const ClaimRequest& request);

/// Gives back what a TryClaim() that failed may have claimed all the same.
Status UndoClaim(Store* store, const CallContext& context, const ClaimRequest& request);

}  // namespace signpost::idempotency
