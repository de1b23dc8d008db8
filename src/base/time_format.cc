#include "base/time_format.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace signpost {
namespace {

using std::chrono::sys_seconds;

struct Fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

std::optional<int> Digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<sys_seconds> ToTime(const Fields& f) {
  const std::chrono::year_month_day date{std::chrono::year(f.year), std::chrono::month(f.month),
                                         std::chrono::day(f.day)};
  // 60 is a leap second (RFC 3339 section 5.7); it reads as the second after.
  if (!date.ok() || f.hour > 23 || f.minute > 59 || f.second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(f.hour) + std::chrono::minutes(f.minute) +
         std::chrono::seconds(f.second);
}

/// Reads digits by a pattern: 'Y' 'M' 'D' 'h' 'm' 's' take one digit each, any other character stands for itself.
std::optional<Fields> Match(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return std::nullopt;
  Fields f;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    int* field = nullptr;
    switch (pattern[i]) {
      case 'Y':
        field = &f.year;
        break;
      case 'M':
        field = &f.month;
        break;
      case 'D':
        field = &f.day;
        break;
      case 'h':
        field = &f.hour;
        break;
      case 'm':
        field = &f.minute;
        break;
      case 's':
        field = &f.second;
        break;
      default:
        break;
    }
    if (field == nullptr) {
      if (text[i] != pattern[i]) return std::nullopt;
      continue;
    }
    const auto digit = Digits(text, i, 1);
    if (!digit) return std::nullopt;
    *field = *field * 10 + *digit;
  }
  return f;
}

std::string Format(sys_seconds time, fmt::format_string<int, unsigned, unsigned, long, long, long> pattern) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format(pattern, static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
                     static_cast<long>(clock.minutes().count()), static_cast<long>(clock.seconds().count()));
}

std::unexpected<Error> Malformed(std::string_view text, std::string_view form) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a time of the form {}", text, form));
}

/// "Z" or "+hh:mm" or "-hh:mm", after an optional fraction; the offset in minutes.
std::optional<std::chrono::minutes> ReadOffset(std::string_view rest) {
  if (rest.starts_with('.')) {
    const std::size_t end = rest.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(end);
  }
  if (rest == "Z" || rest == "z") return std::chrono::minutes(0);
  if (rest.size() != 6 || rest[3] != ':' || (rest[0] != '+' && rest[0] != '-')) return std::nullopt;
  const auto hours = Digits(rest, 1, 2);
  const auto minutes = Digits(rest, 4, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return rest[0] == '-' ? -offset : std::chrono::minutes(offset);
}

}  // namespace

std::string FormatBasic(sys_seconds time) { return Format(time, "{:04}{:02}{:02}T{:02}{:02}{:02}Z"); }

std::string FormatRfc3339(sys_seconds time) { return Format(time, "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z"); }

Result<sys_seconds> ParseBasic(std::string_view text) {
  constexpr std::string_view kPattern = "YYYYMMDDThhmmssZ";
  const auto fields = text.size() == kPattern.size() ? Match(text, kPattern) : std::nullopt;
  const auto time = fields ? ToTime(*fields) : std::nullopt;
  if (!time) return Malformed(text, "20260101T000000Z");
  return *time;
}

Result<sys_seconds> ParseRfc3339(std::string_view text) {
  constexpr std::string_view kPattern = "YYYY-MM-DDThh:mm:ss";
  const auto fields = Match(text, kPattern);
  const auto time = fields ? ToTime(*fields) : std::nullopt;
  const auto offset = time ? ReadOffset(text.substr(kPattern.size())) : std::nullopt;
  if (!offset) return Malformed(text, "2026-01-01T00:00:00Z");
  return *time - *offset;
}

Result<sys_seconds> ParseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  if (text.size() == 29 && text.ends_with(" GMT")) {
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
      if (text.substr(8, 3) != kMonths[i]) continue;
      auto fields = Match(text.substr(5, 2), "DD");
      const auto rest = Match(text.substr(12), "YYYY hh:mm:ss");
      if (!fields || !rest) break;
      Fields all = *rest;
      all.day = fields->day;
      all.month = static_cast<int>(i) + 1;
      if (const auto time = ToTime(all)) return *time;
    }
  }
  return Malformed(text, "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace signpost
