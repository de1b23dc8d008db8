#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "signpost/error.h"

namespace signpost::provision {

enum class Verdict { kOk, kWarn, kFail };

/// "ok", "warn", "fail".
constexpr std::string_view Name(Verdict verdict) {
  return verdict == Verdict::kOk ? "ok" : verdict == Verdict::kWarn ? "warn" : "fail";
}

/// The outcome of one check. Texts are for people, and may hold what a server or a key says.
struct Finding {
  std::string check;  ///< "credentials", "list", ...
  Verdict verdict = Verdict::kOk;
  std::string what;    ///< What was found.
  std::string advice;  ///< What to do about it; empty for kOk.
};

inline Finding Ok(std::string check, std::string what) { return {std::move(check), Verdict::kOk, std::move(what), {}}; }
inline Finding Warn(std::string check, std::string what, std::string advice) {
  return {std::move(check), Verdict::kWarn, std::move(what), std::move(advice)};
}
inline Finding Bad(std::string check, std::string what, std::string advice) {
  return {std::move(check), Verdict::kFail, std::move(what), std::move(advice)};
}

}  // namespace signpost::provision
