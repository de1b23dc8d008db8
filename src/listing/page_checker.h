#pragma once

#include <cstdint>
#include <string>

#include "signpost/error.h"

#include "s3/list_page.h"

namespace signpost::listing {

/// How a server orders its list pages.
enum class KeyOrder {
  kBytes,   ///< Ascending by unsigned bytes, as S3's general purpose buckets do; anything else is an error.
  kServer,  ///< Whatever the server does (SeaweedFS, directory buckets).
};

/// Holds the pages of one range, in the order listed, against what a correct server can answer. Not thread-safe.
class PageChecker {
 public:
  /// `after`: what the range was opened with; empty for one that begins with the first key.
  PageChecker(std::string prefix, KeyOrder order, std::string after = "")
      : prefix_(std::move(prefix)), order_(order), after_(std::move(after)) {}

  /// kDataLoss when a key lies outside the prefix, keys do not increase or do not lie behind `after` (both messages
  /// name
  /// `--listing serial`), or a continuation token comes again, so that the listing would never end. `page` follows the
  /// page checked before.
  Status Check(const s3::ListPage& page);

 private:
  Status CheckToken(const s3::ListPage& page);

  std::string prefix_;
  KeyOrder order_;
  std::string after_;
  std::string last_key_;
  bool any_key_ = false;

  // Brent's cycle detection: the token remembered moves to the present page at each power of two, so a cycle of any
  // length is found within three times that length, in constant memory.
  std::string remembered_token_;
  std::uint64_t pages_since_ = 0;
  std::uint64_t remember_after_ = 1;
};

/// `key` for a message: control characters and bytes outside ASCII as `\xNN`, cut after 100 bytes.
std::string Printable(std::string_view key);

}  // namespace signpost::listing
