#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "signpost/error.h"

#include "base/clock.h"

namespace signpost::local {

/// One event on its way to the function.
struct Delivery {
  std::string request_id;
  std::string payload;
  std::string trace_id;
  TimePoint deadline;
};

/// What the function posted for an event.
struct Answer {
  enum class Kind { kResponse, kError, kTooLarge };
  Kind kind = Kind::kResponse;
  std::string body;  ///< The answer, or the error object; nothing when it was too large.
};

/// An answer may have this many bytes: 6 MiB and the runtime's own envelope
/// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
inline constexpr std::size_t kMostResponseBytes = (6 << 20) + 100;

/// The state of one process's conversation with the Runtime API (2018-06-01) and the Extensions API: which event it
/// has, what it answered, whether it is ready. Knows nothing of HTTP. Thread-safe; the calls of the function's side
/// block on those of the host's side and the other way round.
class RuntimeState {
 public:
  // The function's side. Errors: kConflict in the wrong state (HTTP 403), kInvalidArgument for an unknown request
  // (400), kCancelled after Close().

  /// Waits for the next event.
  Result<Delivery> Next();
  /// Takes the answer to `request_id`. kDataLoss when it is larger than kMostResponseBytes; that counts as the answer.
  Status Respond(const std::string& request_id, std::string body);
  /// Takes an error in place of an answer.
  Status FailInvocation(const std::string& request_id, std::string body);
  /// Takes the error of a start that failed; only before the first Next().
  Status FailInit(std::string body);
  /// Takes note of an internal extension; returns its identifier.
  Result<std::string> Register(const std::string& name);
  /// An internal extension's wait: there are no events for it, so this lasts until Close().
  Status WaitForExtensionEvent(const std::string& identifier);

  // The host's side.

  enum class Readiness { kReady, kInitError, kClosed, kTimedOut };
  /// Waits for the process to ask for its next event, and its extensions with it.
  Readiness WaitUntilReady(std::chrono::milliseconds most);
  /// The error object of FailInit().
  std::optional<std::string> init_error() const;
  /// Hands an event to the waiting, or next, Next().
  void Deliver(Delivery delivery);
  /// The answer to it; nothing when the time is up or the wait was ended.
  std::optional<Answer> WaitForAnswer(std::chrono::milliseconds most);
  bool has_extensions() const;
  /// Ends the host's waits, now and later; the process is not told.
  void Cancel();
  /// Ends every wait: the process is gone.
  void Close();
  /// After either.
  bool ended() const;

 private:
  Status CheckIsCurrent(const std::string& request_id) const;
  void TakeAnswer(Answer answer);
  bool Ready() const;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // All below guarded by mutex_.
  bool closed_ = false;
  bool cancelled_ = false;
  bool asked_once_ = false;
  bool waiting_ = false;                ///< In Next().
  std::optional<Delivery> next_;        ///< To be handed out.
  std::optional<std::string> current_;  ///< Handed out, not answered.
  std::optional<Answer> answer_;        ///< For WaitForAnswer().
  std::optional<std::string> init_error_;
  std::map<std::string, bool> extensions_;  ///< Identifier, and whether it waits.
};

}  // namespace signpost::local
