#pragma once

#include <string>
#include <string_view>

#include "signpost/error.h"

namespace signpost {

/// A bucket's name, access-point alias or access-point ARN that has passed validation.
class Bucket {
 public:
  /// Applies S3's naming rules (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html) before
  /// any request: 3 to 63 characters of a-z 0-9 . -, no adjacent dots, not an IPv4 address, no reserved prefix or
  /// suffix. Access-point ARNs and aliases are taken. Multi-region access points (they need SigV4A) and directory
  /// buckets
  /// (`--x-s3`: unordered, other sessions) return kInvalidArgument with a message that says so.
  static Result<Bucket> Parse(std::string_view text);

  const std::string& name() const { return name_; }
  bool IsAccessPointArn() const { return name_.starts_with("arn:"); }
  bool HasDot() const { return name_.find('.') != std::string::npos; }
  bool operator==(const Bucket&) const = default;

 private:
  explicit Bucket(std::string name) : name_(std::move(name)) {}

  std::string name_;
};

/// `s3://BUCKET[/REST]`, taken literally: REST is never decoded or normalised.
struct S3Uri {
  Bucket bucket;
  std::string key;  ///< Key or prefix; may be empty.

  /// kInvalidArgument when the scheme or bucket is wrong or the rest is over 1,024 bytes (S3's limit for a key).
  static Result<S3Uri> Parse(std::string_view text);
};

inline constexpr std::size_t kMaxKeyBytes = 1024;

}  // namespace signpost
