// Objects come and go while the job lists: those that stay are in the manifest, once and in order.
#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "faults/job/at_concurrency.h"
#include "faults/job/odd_server.h"

namespace signpost::job {
namespace {

using testing::JobWorld;
using testing::KeysOf;

/// A bucket whose objects are numbered; two of three stay, and of the others each request sees some. A token names the
/// key that it goes on after, as on S3.
class ChangingBucket {
 public:
  ChangingBucket(std::vector<std::string> keys, std::uint64_t seed, std::size_t page_size, std::uint64_t per_request)
      : keys_(std::move(keys)),
        seed_(seed),
        page_size_(page_size),
        per_request_(per_request),
        server_([this](const auto& request) { return Answer(request); }) {}

  std::string url() const { return server_.url(); }

  std::vector<std::string> stays() const {
    std::vector<std::string> stay;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (Stays(i)) stay.push_back(keys_[i]);
    }
    return stay;
  }

  std::string manifest() const {
    for (const testing::ServerRequest& request : server_.requests()) {
      if (request.method == "PUT") return testing::Gunzip(request.body);
    }
    return "(none)";
  }

 private:
  bool Stays(std::size_t index) const { return testing::MixBits(seed_ ^ index << 20) % 3 != 0; }

  /// Each of the others changes once in `per_request` requests, at a time of its own.
  bool IsThere(std::size_t index, std::uint64_t request) const {
    const std::uint64_t own = testing::MixBits(seed_ + index);
    return Stays(index) || testing::MixBits(own ^ (request + own % per_request_) / per_request_) % 2 == 0;
  }

  testing::ServerReply Answer(const testing::ServerRequest& request) {
    testing::ServerReply reply;
    if (request.method != "GET") {
      reply.headers = {{"ETag", "\"0123456789abcdef0123456789abcdef\""}};
      return reply;
    }
    const std::uint64_t number = requests_++;
    const auto query = [&](const char* name) {
      const auto found = request.query.find(name);
      return found == request.query.end() ? std::string() : found->second;
    };
    const std::string token = query("continuation-token");
    std::size_t index =
        token.empty() ? static_cast<std::size_t>(std::ranges::upper_bound(keys_, query("start-after")) - keys_.begin())
                      : std::stoul(token);
    std::string contents;
    std::size_t count = 0;
    for (; index < keys_.size() && count < page_size_; ++index) {
      if (!IsThere(index, number)) continue;
      ++count;
      contents += "<Contents><Key>";
      testing::AppendS3UrlEncoded(keys_[index], &contents);
      contents +=
          "</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>1</Size></Contents>";
    }
    const bool truncated = index < keys_.size();
    reply.body = "<ListBucketResult><EncodingType>url</EncodingType><KeyCount>" + std::to_string(count) +
                 "</KeyCount><IsTruncated>" + (truncated ? "true" : "false") + "</IsTruncated>";
    if (truncated) reply.body += "<NextContinuationToken>" + std::to_string(index) + "</NextContinuationToken>";
    reply.body += contents + "</ListBucketResult>";
    return reply;
  }

  const std::vector<std::string> keys_;
  const std::uint64_t seed_;
  const std::size_t page_size_;
  const std::uint64_t per_request_;
  std::atomic<std::uint64_t> requests_ = 0;
  testing::LoopbackServer server_;
};

class ChangingListing : public AtConcurrency {};

TEST_P(ChangingListing, WhatStaysIsThereOnceAndInOrder) {
  const std::uint64_t first_seed = std::random_device()() % 1'000'000;
  const std::uint64_t rounds = kSanitized ? 5 : IsSerial() ? 8 : 30;
  for (std::uint64_t seed = first_seed; seed < first_seed + rounds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const char* const names[] = {"uuid", "dates", "hostile", "skewed"};
    const auto shape = std::move(testing::MakeKeyShape(names[seed % 4], 600).value());
    ChangingBucket bucket(testing::Materialise(*shape), seed, 3 + seed % 9, 64 + seed % 500);
    const auto result = JobWorld(bucket.url(), seed).Run(Request());
    ASSERT_TRUE(result) << result.error().ToString();
    const auto keys = KeysOf(bucket.manifest());
    ASSERT_TRUE(std::ranges::is_sorted(keys, std::ranges::less_equal())) << "a key twice, or out of order";
    const auto stays = bucket.stays();
    ASSERT_TRUE(std::ranges::includes(keys, stays)) << "a key that was there throughout is missing";
  }
}

SIGNPOST_AT_EVERY_CONCURRENCY(ChangingListing);

}  // namespace
}  // namespace signpost::job
