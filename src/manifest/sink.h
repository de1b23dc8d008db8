#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "signpost/error.h"

#include "base/call_context.h"

namespace signpost::manifest {

/// Where a manifest's bytes go, in order. One writer at a time. Nothing is visible under the final name before
/// Publish() has succeeded (except on standard output).
class Sink {
 public:
  virtual ~Sink() = default;

  /// Takes the next bytes. Blocks while too many are on their way. After a failure only Abandon() may follow.
  virtual Status Write(const CallContext& context, std::string_view bytes) = 0;

  /// Sends what is left and makes the whole visible under its final name.
  virtual Status Publish(const CallContext& context) = 0;

  /// Removes what was written, best effort, after a failure or a cancel; safe to call at any time before Publish()
  /// succeeds. `context` is a fresh one, with its own deadline.
  virtual Status Abandon(const CallContext& context) = 0;

  /// Bytes taken so far.
  virtual std::uint64_t bytes_written() const = 0;
  /// Parts sent so far; 0 where there are none.
  virtual int parts_written() const { return 0; }
};

}  // namespace signpost::manifest
