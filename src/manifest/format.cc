#include "manifest/format.h"

#include <string>

namespace signpost::manifest {

Result<Format> ParseFormat(std::string_view name) {
  for (const Format format : {Format::kNdjson, Format::kCsv, Format::kUrls}) {
    if (name == Name(format)) return format;
  }
  return Fail(ErrorCode::kInvalidArgument, "'" + std::string(name) + "' is not one of ndjson, csv, urls");
}

std::string_view Name(Format format) {
  switch (format) {
    case Format::kNdjson:
      return "ndjson";
    case Format::kCsv:
      return "csv";
    case Format::kUrls:
      return "urls";
  }
  return "";
}

Result<Compression> ParseCompression(std::string_view name) {
  if (name == "gzip") return Compression::kGzip;
  if (name == "none") return Compression::kNone;
  return Fail(ErrorCode::kInvalidArgument, "'" + std::string(name) + "' is neither gzip nor none");
}

std::string FileSuffix(Format format, Compression compression) {
  std::string suffix = format == Format::kUrls ? ".txt" : "." + std::string(Name(format));
  if (compression == Compression::kGzip) suffix += ".gz";
  return suffix;
}

std::string_view ContentType(Format format, Compression compression) {
  if (compression == Compression::kGzip) return "application/gzip";
  switch (format) {
    case Format::kNdjson:
      return "application/x-ndjson";
    case Format::kCsv:
      return "text/csv";
    case Format::kUrls:
      return "text/plain";
  }
  return "";
}

}  // namespace signpost::manifest
