#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "signpost/error.h"

#include "cli/world.h"

namespace signpost::cli {

/// Writes "signpost: WHY" as one line on standard error and returns kBadUsage.
int ReportUsage(const World& world, std::string_view why);

/// Writes the error as one line on standard error and returns the exit status that goes with it: kInterrupted for a
/// cancel, kFailed for all others.
int ReportFailure(const World& world, const Error& error);

/// Likewise for what went wrong before anything was sent: what the caller must change is kBadUsage.
int ReportSetUpFailure(const World& world, const Error& error);

/// Flushes standard output; kFailed, with a line on standard error, when it could not take all (a full disk, a closed
/// pipe), else `status`.
int FinishOutput(const World& world, int status);

/// Collects what is wrong with the arguments, to tell all at once.
class Problems {
 public:
  /// The value of `result`, or a default-made one after noting "OPTION: message".
  template <typename T>
  T Take(std::string_view option, Result<T> result) {
    if (result) return std::move(*result);
    Add(option, result.error().message);
    return T{};
  }

  /// The same for a type that cannot be made by default.
  template <typename T>
  std::optional<T> TakeOptional(std::string_view option, Result<T> result) {
    if (result) return std::move(*result);
    Add(option, result.error().message);
    return std::nullopt;
  }

  void Add(std::string_view option, std::string_view message);
  bool empty() const { return text_.empty(); }
  /// One line.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace signpost::cli
