#pragma once

#include <climits>
#include <string>

#include "base/call_context.h"
#include "listing/throttle.h"
#include "s3/list_objects_v2.h"
#include "s3/list_page.h"

namespace signpost::listing {

/// Fetches list pages of one bucket and prefix. Thread-safe.
class PageSource {
 public:
  virtual ~PageSource() = default;

  /// Fetches the page that a continuation token names, or the first one past `start_after`; at most one is not empty.
  virtual Status Fetch(const CallContext& context, const std::string& start_after,
                       const std::string& continuation_token, s3::ListPage* page) = 0;

  /// How many pages may usefully be fetched at once now.
  virtual int Capacity() const { return INT_MAX; }
  /// Whether the server has just asked to slow down.
  virtual bool IsSlowedDown() const { return false; }
};

/// The pages of a prefix in S3.
class S3PageSource final : public PageSource {
 public:
  /// `client` must outlive this object. `throttle` is passed by every request, and tells how many may be in flight; it
  /// may be null.
  S3PageSource(s3::Client* client, Bucket bucket, std::string prefix, Throttle* throttle = nullptr)
      : client_(client), bucket_(std::move(bucket)), prefix_(std::move(prefix)), throttle_(throttle) {}

  Status Fetch(const CallContext& context, const std::string& start_after, const std::string& continuation_token,
               s3::ListPage* page) override {
    return s3::ListObjectsV2(*client_, context,
                             {.bucket = bucket_,
                              .prefix = prefix_,
                              .start_after = start_after,
                              .continuation_token = continuation_token,
                              .gate = throttle_},
                             page);
  }

  int Capacity() const override { return throttle_ ? throttle_->limit() : INT_MAX; }
  bool IsSlowedDown() const override { return throttle_ && throttle_->IsSlowedDown(); }

 private:
  s3::Client* const client_;
  const Bucket bucket_;
  const std::string prefix_;
  Throttle* const throttle_;
};

}  // namespace signpost::listing
