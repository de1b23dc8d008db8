#include "job/job_identity.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/sha256.h"

namespace signpost::job {
namespace {

using nlohmann::json;

constexpr std::size_t kIdDigits = 32;

/// The target as a URI in ASCII, whatever the bytes of its key.
std::string UriOf(const S3Target& target) {
  return fmt::format("s3://{}/{}", target.bucket.name(), PercentEncode(target.key, /*keep_slash=*/true));
}

std::string UriOf(const OutputTarget& target) {
  if (const auto* s3 = std::get_if<S3Target>(&target)) return UriOf(*s3);
  if (const auto* file = std::get_if<FileTarget>(&target)) return "file:" + PercentEncode(file->path, true);
  return "-";
}

/// Every option that shapes the manifest; members sort by name.
json ShapingOptions(const JobRequest& request) {
  json options = {
      {"compress", request.ResolvedCompression() == manifest::Compression::kGzip ? "gzip" : "none"},
      {"expires_in", request.urls.expires_in.count()},
      {"format", Name(request.format)},
      {"listing", request.order == listing::KeyOrder::kBytes ? "auto" : "serial"},
      {"output", UriOf(request.output)},
      {"query", json::object()},
  };
  for (const auto& [name, value] : request.urls.signed_query) options["query"][name] = PercentEncode(value);
  if (request.urls.signing_time) options["signing_time"] = FormatBasic(*request.urls.signing_time);
  return options;
}

/// The members of `options` that are not as in `defaults`.
json Unusual(const json& options, const json& defaults) {
  json unusual = json::object();
  for (const auto& [name, value] : options.items()) {
    const auto usual = defaults.find(name);
    if (usual == defaults.end() || *usual != value) unusual[name] = value;
  }
  return unusual;
}

std::string Sha256Hex(std::string_view text) { return HexEncode(sigv4::Sha256Of(text)); }

}  // namespace

JobIdentity IdentityOf(const JobRequest& request, const std::optional<S3Target>& default_output) {
  const JobRequest plain{.bucket = request.bucket,
                         .prefix = request.prefix,
                         .output = default_output.value_or(S3Target{request.bucket, "manifests/"})};
  const json options = ShapingOptions(request);
  const json unusual = Unusual(options, ShapingOptions(plain));
  std::string identified = fmt::format("{}#{}", request.bucket.name(), request.prefix);
  if (!unusual.empty()) identified += "#" + unusual.dump();
  json whole = options;
  whole["bucket"] = request.bucket.name();
  whole["prefix"] = PercentEncode(request.prefix);
  return {.id = Sha256Hex(identified).substr(0, kIdDigits), .validation = Sha256Hex(whole.dump())};
}

}  // namespace signpost::job
