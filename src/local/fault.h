#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "signpost/error.h"

namespace signpost::local {

/// What the emulator can do wrong, for tests of the function's robustness.
enum class Fault {
  kNext500,          ///< /next answers 500.
  kNextDrop,         ///< /next is dropped without an answer.
  kNoDeadline,       ///< The deadline header is missing ...
  kGarbageDeadline,  ///< ... is no number ...
  kPastDeadline,     ///< ... has passed ...
  kFarDeadline,      ///< ... or is years ahead.
  kNoRequestId,      ///< The request id header is missing.
  kResponse403,      ///< /response and /error answer 403 and take nothing ...
  kResponse500,      ///< ... or 500 ...
  kResponseDrop,     ///< ... or are dropped without an answer.
  kTwice,            ///< An event is delivered again after it was answered; the caller gets the first answer.
  kFreeze,           ///< The process is stopped between invocations, as Lambda does.
  kSqsTwice,         ///< A batch is delivered again after it was answered; the second answer counts.
};

/// How often each fault is still to happen; negative: always.
using FaultCounts = std::map<Fault, int>;

/// Reads "next-500:3,no-deadline": names with how many times, always without a number. kInvalidArgument names what it
/// does not know and what there is.
Result<FaultCounts> ParseFaults(std::string_view list);

/// Every name, comma-separated.
std::string FaultNames();

/// The faults that are still to happen. Thread-safe.
class Misbehaviour {
 public:
  explicit Misbehaviour(FaultCounts left = {}) : left_(std::move(left)) {}

  /// Whether `fault` is to happen now; counts it.
  bool Take(Fault fault);

 private:
  std::mutex mutex_;
  FaultCounts left_;  // guarded by mutex_
};

}  // namespace signpost::local
