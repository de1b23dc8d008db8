#include "base/bucket.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace signpost {
namespace {

bool IsLowerOrDigit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// `text` for a message: control characters and bytes outside ASCII as `\xNN`, cut after 80 bytes.
std::string Shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 80)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte >= 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  if (text.size() > 80) out += "...";
  return out;
}

std::unexpected<Error> Refuse(std::string_view text, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a bucket's name: {}", Shown(text), why));
}

bool LooksLikeIpv4(std::string_view text) {
  int dots = 0;
  for (const char c : text) {
    if (c == '.') {
      ++dots;
    } else if (c < '0' || c > '9') {
      return false;
    }
  }
  return dots == 3;
}

/// `arn:aws*:s3:REGION:ACCOUNT:accesspoint/NAME`.
Status CheckAccessPointArn(std::string_view arn) {
  std::array<std::string_view, 5> parts;
  std::string_view rest = arn;
  for (std::string_view& part : parts) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return Refuse(arn, "the ARN has too few parts");
    part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  const auto& [scheme, partition, service, region, account] = parts;
  if (!partition.starts_with("aws")) return Refuse(arn, "the ARN's partition is not AWS's");
  if (service == "s3-outposts" || service == "s3-object-lambda") {
    return Refuse(arn, "Outposts and Object Lambda access points are not supported");
  }
  if (service != "s3") return Refuse(arn, "the ARN is not one of S3");
  if (region.empty()) {
    return Refuse(arn, "multi-region access points need asymmetric signatures (SigV4A), which are not supported");
  }
  constexpr std::string_view kResource = "accesspoint/";
  if (!rest.starts_with(kResource)) return Refuse(arn, "only access points have an ARN that can be listed");
  const std::string_view name = rest.substr(kResource.size());
  const auto name_ok = [](char c) { return IsLowerOrDigit(c) || c == '-'; };
  if (account.size() != 12 || !std::ranges::all_of(account, [](char c) { return c >= '0' && c <= '9'; })) {
    return Refuse(arn, "the ARN's account is not 12 digits");
  }
  if (region.size() > 63 || !std::ranges::all_of(region, name_ok)) return Refuse(arn, "the ARN's region is malformed");
  if (name.size() < 3 || name.size() > 50 || !std::ranges::all_of(name, name_ok)) {
    return Refuse(arn, "an access point's name is 3 to 50 characters of a-z, 0-9 and '-'");
  }
  return {};
}

}  // namespace

Result<Bucket> Bucket::Parse(std::string_view text) {
  if (text.starts_with("arn:")) {
    Status valid = CheckAccessPointArn(text);
    if (!valid) return Forward(valid);
    return Bucket(std::string(text));
  }
  if (text.ends_with("--x-s3")) {
    return Refuse(text, "directory buckets list in no order and use sessions, which are not supported");
  }
  if (text.ends_with(".mrap")) {
    return Refuse(text, "multi-region access points need asymmetric signatures (SigV4A), which are not supported");
  }
  if (text.size() < 3 || text.size() > 63) return Refuse(text, "it must have 3 to 63 characters");
  const auto allowed = [](char c) { return IsLowerOrDigit(c) || c == '-' || c == '.'; };
  if (!std::ranges::all_of(text, allowed)) return Refuse(text, "only a-z, 0-9, '-' and '.' may occur");
  if (!IsLowerOrDigit(text.front()) || !IsLowerOrDigit(text.back())) {
    return Refuse(text, "it must start and end with a letter or digit");
  }
  if (text.contains("..")) return Refuse(text, "two dots may not follow each other");
  if (LooksLikeIpv4(text)) return Refuse(text, "it may not look like an IPv4 address");
  for (const std::string_view prefix : {"xn--", "sthree-", "amzn-s3-demo-"}) {
    if (text.starts_with(prefix)) return Refuse(text, fmt::format("the beginning '{}' is reserved", prefix));
  }
  if (text.ends_with("--ol-s3")) return Refuse(text, "Object Lambda access points are not supported");
  if (text.ends_with("--table-s3")) return Refuse(text, "table buckets hold no objects");
  return Bucket(std::string(text));
}

Result<S3Uri> S3Uri::Parse(std::string_view text) {
  constexpr std::string_view kScheme = "s3://";
  if (!text.starts_with(kScheme)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' does not start with s3://", Shown(text)));
  }
  std::string_view rest = text.substr(kScheme.size());
  // An access point's ARN has a '/' before its name.
  const std::size_t from = rest.starts_with("arn:") ? rest.find('/') + 1 : 0;
  const std::size_t slash = std::min(rest.find('/', from), rest.size());
  auto bucket = Bucket::Parse(rest.substr(0, slash));
  if (!bucket) return Forward(bucket);
  const std::string_view key = rest.substr(std::min(slash + 1, rest.size()));
  if (key.size() > kMaxKeyBytes) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("'{}' has {} bytes after the bucket; a key or prefix has at most {}", Shown(text),
                            key.size(), kMaxKeyBytes));
  }
  return S3Uri{std::move(*bucket), std::string(key)};
}

}  // namespace signpost
