#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "lambda/function_error.h"
#include "lambda/log.h"
#include "lambda/runtime_client.h"

namespace signpost::lambda {

/// Answers one event: the answer's JSON, or an error. It may throw; see RunLoop().
using Handler = std::function<Outcome<std::string>(const Invocation&, const std::stop_token&)>;

/// What the loop works with; all must outlive it.
struct LoopServices {
  RuntimeClient* runtime = nullptr;
  const Log* log = nullptr;
  const Clock* clock = nullptr;
  Sleeper* sleeper = nullptr;
};

enum class LoopEnd {
  kStopped,  ///< As asked.
  kFailed,   ///< Something is wrong that only a new process mends.
};

/// Takes events and answers them until `stop` is requested; an event under way is then stopped and answered first.
/// - A wait for an event that fails is repeated, three times in all with pauses, then the loop fails.
/// - An exception of the handler becomes kInternalError, and the loop goes on; std::bad_alloc becomes kOutOfMemory and
///   ends the loop, as does what is no std::exception.
/// - An answer that does not reach Lambda ends the loop: the handler is not run again. One that is too large (413) does
///   not: Lambda has told the caller.
LoopEnd RunLoop(const LoopServices& services, const Handler& handler, const std::stop_token& stop);

}  // namespace signpost::lambda
