#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "manifest/block.h"
#include "manifest/format.h"

namespace signpost::job {

/// What a job answers. `manifest_url` is a secret: whoever has it has every object.
struct JobResult {
  std::optional<std::string> manifest_url;  ///< Only for a manifest in S3.
  std::optional<std::string> bucket;        ///< Likewise.
  std::optional<std::string> key;           ///< Likewise.
  std::optional<std::string> path;          ///< Only for a manifest in a file.
  manifest::Format format = manifest::Format::kNdjson;
  std::uint64_t count = 0;  ///< Rows, error rows included.
  std::uint64_t error_count = 0;
  std::vector<manifest::RowError> errors;  ///< The first 100.
  std::uint64_t object_bytes = 0;
  std::uint64_t manifest_bytes = 0;
  std::chrono::sys_seconds expires_at;     ///< The earliest of URL expiry and credential expiry.
  bool expires_at_is_upper_bound = false;  ///< The credentials may end earlier; they do not tell when.
  bool replayed = false;                   ///< Answered from an earlier run.
  std::uint64_t list_calls = 0;
  std::chrono::milliseconds elapsed{0};

  /// One line of JSON. Bytes of a key that are not UTF-8 show as U+FFFD.
  std::string ToJson() const;
};

}  // namespace signpost::job
