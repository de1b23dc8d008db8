#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signpost/error.h"

#include "base/clock.h"

namespace signpost::lambda {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// "DEBUG", "INFO", "WARN", "ERROR", in any case.
Result<LogLevel> ParseLogLevel(std::string_view text);

/// What every line of one invocation says.
struct LogContext {
  std::string request_id;
  bool cold_start = false;
  std::string job_id;  ///< Empty until the job is known.
};

/// Further members of a line: name and text.
using LogFields = std::vector<std::pair<std::string_view, std::string>>;

/// Writes one JSON object a line: timestamp, level, message, request_id, cold_start, job_id. Pure ASCII: control
/// characters and everything beyond are escaped. Thread-safe if the sink is.
class Log {
 public:
  /// Takes a line with its line feed.
  using Sink = std::function<void(std::string_view line)>;

  /// Lines below `level` are not written. `clock` must outlive this object.
  Log(Sink sink, LogLevel level, const Clock* clock) : sink_(std::move(sink)), level_(level), clock_(clock) {}

  void Write(LogLevel level, std::string_view message, const LogContext& context, const LogFields& fields = {}) const;

  /// A line that is complete already, whatever the level: metrics.
  void WriteLine(std::string line) const { sink_(line += '\n'); }

 private:
  const Sink sink_;
  const LogLevel level_;
  const Clock* const clock_;
};

}  // namespace signpost::lambda
