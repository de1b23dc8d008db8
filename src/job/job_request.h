#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "signpost/error.h"
#include "signpost/presigner.h"

#include "base/bucket.h"
#include "listing/page_checker.h"
#include "manifest/format.h"

namespace signpost::job {

inline constexpr std::chrono::seconds kMaxExpiresIn{604'800};  ///< SigV4's limit: 7 days.
inline constexpr int kMaxConcurrency = 1024;
inline constexpr std::size_t kMinLookahead = 1 << 20;
inline constexpr std::size_t kMaxLookahead = std::size_t{64} << 30;

/// An object in S3. A key that is empty or ends in '/' is a prefix: the job adds a random 128-bit name.
struct S3Target {
  Bucket bucket;
  std::string key;

  bool IsPrefix() const { return key.empty() || key.ends_with('/'); }
};

struct FileTarget {
  std::string path;
};

struct StandardOutputTarget {};

using OutputTarget = std::variant<S3Target, FileTarget, StandardOutputTarget>;

/// What the URLs are like.
struct UrlOptions {
  std::chrono::seconds expires_in{900};
  SignedQuery signed_query;                              ///< Payer and response overrides.
  std::optional<std::chrono::sys_seconds> signing_time;  ///< Unset: now, by the server's clock.
  bool allow_short_lived = false;                        ///< Go on although the credentials end before the URLs should.
};

/// What to do: one prefix into one manifest. The same for every door.
struct JobRequest {
  Bucket bucket;
  std::string prefix;  ///< Raw bytes, taken literally.
  OutputTarget output;
  UrlOptions urls;
  int concurrency = 32;
  manifest::Format format = manifest::Format::kNdjson;
  std::optional<manifest::Compression> compression;  ///< Unset: gzip for S3 and files that end in ".gz", else none.
  std::size_t lookahead_bytes = 64 << 20;
  listing::KeyOrder order = listing::KeyOrder::kBytes;

  manifest::Compression ResolvedCompression() const;
};

/// "900", "900s", "15m", "12h", "7d": 1 s to 7 days, else kInvalidArgument naming the range. Never clamped.
Result<std::chrono::seconds> ParseExpiresIn(std::string_view text);

/// 1 to 1,024.
Result<int> ParseConcurrency(std::string_view text);

/// A size in bytes with an optional unit K, M, G (powers of 1,024; also "KiB", "MiB", "GiB"): 1 MiB to 64 GiB.
Result<std::size_t> ParseLookahead(std::string_view text);

/// "auto" or "serial".
Result<listing::KeyOrder> ParseListing(std::string_view text);

/// `s3://bucket/prefix/`, `s3://bucket/key`, `-` or a file's path (not a directory's: one that ends in '/' is refused).
Result<OutputTarget> ParseOutput(std::string_view text);

/// What the parts of a request must keep to among each other: the output may not be swallowed by the listing.
Status Validate(const JobRequest& request);

/// The keys that the manifest leaves out because it, or an earlier one, was written there.
class OutputFilter {
 public:
  explicit OutputFilter(const JobRequest& request);

  bool Excludes(std::string_view key) const { return active_ && (whole_prefix_ ? key.starts_with(key_) : key == key_); }
  /// Whether Excludes() can be true of a key from `first` to `last`, in byte order.
  bool ExcludesWithin(std::string_view first, std::string_view last) const {
    return active_ && last >= key_ && (first <= key_ || Excludes(first));
  }
  /// Whether Excludes() can ever be true.
  bool active() const { return active_; }

 private:
  bool active_ = false;
  bool whole_prefix_ = false;
  std::string key_;
};

}  // namespace signpost::job
