#pragma once

#include <string>
#include <string_view>

#include "signpost/error.h"

namespace signpost::manifest {

enum class Format { kNdjson, kCsv, kUrls };
enum class Compression { kGzip, kNone };

/// "ndjson", "csv", "urls"; kInvalidArgument for another word.
Result<Format> ParseFormat(std::string_view name);
std::string_view Name(Format format);

/// "gzip", "none".
Result<Compression> ParseCompression(std::string_view name);

/// ".ndjson.gz", ".csv", ".txt", ...
std::string FileSuffix(Format format, Compression compression);
/// "application/gzip", "application/x-ndjson", "text/csv", "text/plain".
std::string_view ContentType(Format format, Compression compression);

}  // namespace signpost::manifest
