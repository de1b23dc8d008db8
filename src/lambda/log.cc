#include "lambda/log.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/time_format.h"
#include "lambda/log_text.h"

namespace signpost::lambda {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"DEBUG", "INFO", "WARN", "ERROR"};
constexpr std::size_t kMostMessageBytes = 4096;

std::string Timestamp(TimePoint now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  std::string text = FormatRfc3339(seconds);
  text.pop_back();  // the Z
  return fmt::format("{}.{:03}Z", text, (now - seconds).count());
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; });
  const auto found = std::ranges::find(kNames, upper);
  if (found != kNames.end()) return static_cast<LogLevel>(found - kNames.begin());
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not one of DEBUG, INFO, WARN, ERROR", Excerpt(text)));
}

void Log::Write(LogLevel level, std::string_view message, const LogContext& context, const LogFields& fields) const {
  if (level < level_) return;
  nlohmann::ordered_json line;
  line["timestamp"] = Timestamp(clock_->Now());
  line["level"] = kNames[static_cast<std::size_t>(level)];
  line["message"] = Redact(message.substr(0, kMostMessageBytes));
  if (!context.request_id.empty()) {
    line["request_id"] = context.request_id;
    line["cold_start"] = context.cold_start;
  }
  if (!context.job_id.empty()) line["job_id"] = context.job_id;
  for (const auto& [name, value] : fields) line[std::string(name)] = Redact(Excerpt(value));
  WriteLine(line.dump(-1, ' ', /*ensure_ascii=*/true, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace signpost::lambda
