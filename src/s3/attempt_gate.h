#pragma once

#include <cstdint>

#include "signpost/error.h"

#include "base/call_context.h"

namespace signpost::s3 {

/// Lets the attempts of many calls through, and hears how each ended: retries pass it as first attempts do.
/// Thread-safe.
class AttemptGate {
 public:
  virtual ~AttemptGate() = default;

  /// Waits until an attempt may be made; returns a ticket for Leave(). kCancelled when a stop is requested meanwhile.
  virtual Result<std::uint64_t> Enter(const CallContext& context) = 0;

  /// The attempt with this ticket has ended.
  virtual void Leave(std::uint64_t ticket, const Status& outcome) = 0;
};

}  // namespace signpost::s3
