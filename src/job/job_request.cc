#include "job/job_request.h"

#include <charconv>

#include <fmt/format.h>

namespace signpost::job {
namespace {

/// A whole number without sign, and what follows it; nothing when there is no digit or it overflows.
std::optional<std::pair<std::uint64_t, std::string_view>> ReadNumber(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return std::pair(value, text.substr(end - text.data()));
}

std::optional<std::uint64_t> SecondsPerUnit(std::string_view unit) {
  if (unit.empty() || unit == "s") return 1;
  if (unit == "m") return 60;
  if (unit == "h") return 3'600;
  if (unit == "d") return 86'400;
  return std::nullopt;
}

std::optional<int> ShiftOfUnit(std::string_view unit) {
  if (unit.empty() || unit == "B") return 0;
  if (unit == "K" || unit == "KiB") return 10;
  if (unit == "M" || unit == "MiB") return 20;
  if (unit == "G" || unit == "GiB") return 30;
  return std::nullopt;
}

}  // namespace

manifest::Compression JobRequest::ResolvedCompression() const {
  if (compression) return *compression;
  if (std::holds_alternative<S3Target>(output)) return manifest::Compression::kGzip;
  const auto* file = std::get_if<FileTarget>(&output);
  return file != nullptr && file->path.ends_with(".gz") ? manifest::Compression::kGzip : manifest::Compression::kNone;
}

Result<std::chrono::seconds> ParseExpiresIn(std::string_view text) {
  const auto number = ReadNumber(text);
  const auto unit = number ? SecondsPerUnit(number->second) : std::nullopt;
  const auto most = static_cast<std::uint64_t>(kMaxExpiresIn.count());
  if (!unit || number->first == 0 || number->first > most / *unit) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a whole number of seconds from 1 to 604800 (also 15m, 12h, 7d)", text));
  }
  return std::chrono::seconds(number->first * *unit);
}

Result<int> ParseConcurrency(std::string_view text) {
  const auto number = ReadNumber(text);
  if (!number || !number->second.empty() || number->first < 1 || number->first > kMaxConcurrency) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not a whole number from 1 to {}", text, kMaxConcurrency));
  }
  return static_cast<int>(number->first);
}

Result<std::size_t> ParseLookahead(std::string_view text) {
  const auto number = ReadNumber(text);
  const auto shift = number ? ShiftOfUnit(number->second) : std::nullopt;
  if (!shift || number->first > kMaxLookahead >> *shift || number->first << *shift < kMinLookahead) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a size from 1MiB to 64GiB", text));
  }
  return static_cast<std::size_t>(number->first << *shift);
}

Result<listing::KeyOrder> ParseListing(std::string_view text) {
  if (text == "auto") return listing::KeyOrder::kBytes;
  if (text == "serial") return listing::KeyOrder::kServer;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is neither auto nor serial", text));
}

Result<OutputTarget> ParseOutput(std::string_view text) {
  if (text == "-") return StandardOutputTarget{};
  if (text.starts_with("s3://")) {
    auto uri = S3Uri::Parse(text);
    if (!uri) return Forward(uri);
    return S3Target{std::move(uri->bucket), std::move(uri->key)};
  }
  if (text.empty() || text.ends_with('/') || text.contains("://") || text.contains('\0')) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' is not s3://BUCKET/PREFIX/, s3://BUCKET/KEY, a file's path or -", text));
  }
  return FileTarget{std::string(text)};
}

Status Validate(const JobRequest& request) {
  const auto* target = std::get_if<S3Target>(&request.output);
  if (target == nullptr || !target->IsPrefix() || target->bucket != request.bucket) return {};
  // Manifests would be listed if the rest of the listed prefix can be the beginning of a random name (hexadecimal).
  const std::string_view listed = request.prefix;
  if (!listed.starts_with(target->key)) return {};
  if (listed.substr(target->key.size(), 32).find_first_not_of("0123456789abcdef") != std::string_view::npos) return {};
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("the output prefix s3://{}/{} holds the listed prefix: the manifest would list manifests; "
                          "choose another output",
                          target->bucket.name(), target->key));
}

OutputFilter::OutputFilter(const JobRequest& request) {
  const auto* target = std::get_if<S3Target>(&request.output);
  if (target == nullptr || target->bucket != request.bucket) return;
  key_ = target->key;
  whole_prefix_ = target->IsPrefix();
  active_ = !key_.empty() && key_.starts_with(request.prefix);
}

}  // namespace signpost::job
