#include "page_feed.h"

#include <cstdio>
#include <cstdlib>

namespace straight_line {
namespace {

constexpr long kReadBytes = 512 << 10;  // The most that libcurl 7.88 takes.

std::size_t Append(char* bytes, std::size_t, std::size_t count, void* page) {
  static_cast<std::string*>(page)->append(bytes, count);
  return count;
}

/// The query parameter that asks for the page after `page`; empty when it is the last.
std::string NextPage(std::string_view page, CURL* curl) {
  constexpr std::string_view kOpen = "<NextContinuationToken>";
  const std::size_t open = page.substr(0, 4096).find(kOpen);  // It stands before the first key.
  if (open == std::string_view::npos) return {};
  const std::size_t from = open + kOpen.size();
  const std::string_view token = page.substr(from, page.find('<', from) - from);
  char* const escaped = curl_easy_escape(curl, token.data(), static_cast<int>(token.size()));
  std::string parameter = std::string("&continuation-token=") + escaped;
  curl_free(escaped);
  return parameter;
}

}  // namespace

PageFeed::PageFeed(std::string bucket_url)
    : bucket_url_(std::move(bucket_url) + "?list-type=2&max-keys=1000"), curl_(curl_easy_init()) {
  curl_easy_setopt(curl_, CURLOPT_URL, bucket_url_.c_str());
  curl_easy_setopt(curl_, CURLOPT_BUFFERSIZE, kReadBytes);
  curl_easy_setopt(curl_, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &page_);
}

std::string_view PageFeed::Next() {
  if (done_) return {};
  page_.clear();
  if (const CURLcode code = curl_easy_perform(curl_); code != CURLE_OK) {
    std::fprintf(stderr, "%s: %s\n", bucket_url_.c_str(), curl_easy_strerror(code));
    std::exit(1);
  }
  const std::string next = NextPage(page_, curl_);
  done_ = next.empty();
  curl_easy_setopt(curl_, CURLOPT_URL, (bucket_url_ + next).c_str());
  return page_;
}

}  // namespace straight_line
