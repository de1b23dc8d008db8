#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "signpost/error.h"

#include "base/bucket.h"

namespace signpost::lambda {

/// The prefixes whose objects may be presigned. Empty: none.
class AllowList {
 public:
  AllowList() = default;

  /// `s3://bucket/prefix/` entries with white space between them; `s3://bucket/` is all of a bucket. An entry without
  /// a '/' at its end means the same as with one.
  static Result<AllowList> Parse(std::string_view text);

  /// Whether every key that begins with `prefix` is below an entry: "team" does not allow "team" (which lists "team-b/"
  /// too) nor "teams/", but "team/" and everything below. Nothing is decoded or normalised.
  bool Allows(const Bucket& bucket, std::string_view prefix) const;

  bool empty() const { return entries_.empty(); }

 private:
  std::vector<S3Uri> entries_;  // keys empty or ending in '/'
};

/// Reads `s3://bucket/prefix/` as the root of a part of a bucket: its key becomes empty or ends in '/'.
Result<S3Uri> ParseRoot(std::string_view text);

/// Whether `key` is `root` or below it.
bool IsWithin(const S3Uri& root, const Bucket& bucket, std::string_view key);

}  // namespace signpost::lambda
