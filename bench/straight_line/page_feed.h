#pragma once

#include <string>
#include <string_view>

#include <curl/curl.h>

namespace straight_line {

/// One connection that lists a bucket from its first key to its last, a page of 1,000 at a time. Ends the program on
/// any failure.
class PageFeed {
 public:
  /// `bucket_url`: "http://host:port/bucket".
  explicit PageFeed(std::string bucket_url);
  ~PageFeed() { curl_easy_cleanup(curl_); }
  PageFeed(const PageFeed&) = delete;
  PageFeed& operator=(const PageFeed&) = delete;

  /// Fetches the next page. The view is good until the next call; empty after the last page.
  std::string_view Next();

 private:
  const std::string bucket_url_;
  CURL* const curl_;
  std::string page_;
  bool done_ = false;
};

}  // namespace straight_line
