#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/report.h"
#include "job/job_request.h"

namespace signpost::cli {

/// The options that say what the URLs are like, shared by create and presign.
struct SigningOptions {
  std::string expires_in = "15m";
  std::optional<std::string> response_content_disposition;
  std::optional<std::string> response_content_type;
  std::optional<std::string> signing_time;
  bool allow_short_lived = false;

  void Define(CLI::App* app);

  /// The parsed values; what is wrong goes to `problems`.
  job::UrlOptions Read(bool request_payer, Problems* problems) const;
};

}  // namespace signpost::cli
