#pragma once

#include <optional>
#include <string>

#include "base/call_context.h"
#include "idempotency/record.h"

namespace signpost::idempotency {

/// A record as the store has it.
struct Stored {
  Record record;
  std::string version;  ///< The store's own mark of this state (an ETag); empty where owner and revision are enough.
};

/// What became of a conditional write.
struct WriteOutcome {
  bool written = false;
  std::optional<Stored> now;  ///< What is there: our record, or the one that was in the way; empty if that vanished.
};

/// Keeps one record for each id, with compare-and-swap as the only way to write: the protocol (lock.h) knows exactly
/// which state it replaces, and all comparing of times is done by the reader. Thread-safe.
///
/// Reads see all writes that ended before they began. A lost answer is made up for by reading back: a write that took
/// effect is reported as written. After bounded retries a failure (kThrottled, kUnavailable, ...) is returned, and then
/// the write may or may not have taken effect. kNotFound: the table or bucket is missing.
class Store {
 public:
  virtual ~Store() = default;

  virtual Result<std::optional<Stored>> Read(const CallContext& context, const std::string& id) = 0;

  /// Writes `record` if there is none with its id.
  virtual Result<WriteOutcome> Create(const CallContext& context, const Record& record) = 0;

  /// Writes `record` over `seen` if that is still what is there.
  virtual Result<WriteOutcome> Replace(const CallContext& context, const Stored& seen, const Record& record) = 0;

  /// For messages: "the table 'jobs'".
  virtual std::string Describe() const = 0;
};

}  // namespace signpost::idempotency
