#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "testing/job_world.h"
#include "testing/loopback_server.h"
#include "testing/synthetic_s3_list.h"

namespace signpost::job {

/// How a server departs from what S3 does.
struct Oddity {
  bool ignores_start_after = false;
  int empty_page_every = 0;    ///< Not 0: each n-th page is truncated and has no keys.
  int repeat_token_after = 0;  ///< Not 0: a token past this many keys names the page that it came with.
};

/// A server that lists `keys` in the order in which they are given, whatever their bytes, and takes uploads. Its
/// start-after goes by that order too: what comes after the last key of its order that is not past the given one, by
/// `before`. Thread-safe.
class OddServer {
 public:
  using Before = bool (*)(const std::string&, const std::string&);

  /// `keys` are sorted by `before`.
  OddServer(std::vector<std::string> keys, Before before, std::size_t page_size, Oddity oddity = {})
      : keys_(std::move(keys)),
        before_(before),
        page_size_(page_size),
        oddity_(oddity),
        server_([this](const auto& request) { return Answer(request); }) {}

  std::string url() const { return server_.url(); }

  /// The manifest, or "(none)".
  std::string manifest() const {
    for (const testing::ServerRequest& request : server_.requests()) {
      if (request.method == "PUT") return testing::Gunzip(request.body);
    }
    return "(none)";
  }

 private:
  testing::ServerReply Answer(const testing::ServerRequest& request) const {
    testing::ServerReply reply;
    if (request.method != "GET") {
      reply.headers = {{"ETag", "\"0123456789abcdef0123456789abcdef\""}};
      return reply;
    }
    const auto query = [&](const char* name) {
      const auto found = request.query.find(name);
      return found == request.query.end() ? std::string() : found->second;
    };
    std::size_t from = 0;
    bool empty_before = false;
    if (const std::string token = query("continuation-token"); !token.empty()) {
      from = std::stoul(token);
      empty_before = token.ends_with("e");
    } else if (!oddity_.ignores_start_after) {
      const auto after = std::ranges::upper_bound(keys_, query("start-after"), before_);
      from = static_cast<std::size_t>(after - keys_.begin());
    }
    const std::size_t number = from / page_size_;
    const bool empty = oddity_.empty_page_every != 0 && !empty_before &&
                       number % static_cast<std::size_t>(oddity_.empty_page_every) == 0 && from < keys_.size();
    Render(from, empty ? from : std::min(from + page_size_, keys_.size()), &reply.body);
    return reply;
  }

  void Render(std::size_t from, std::size_t to, std::string* body) const {
    const bool truncated = to < keys_.size();
    *body = "<ListBucketResult><EncodingType>url</EncodingType><KeyCount>" + std::to_string(to - from) +
            "</KeyCount><IsTruncated>" + (truncated ? "true" : "false") + "</IsTruncated>";
    if (truncated) {
      const bool repeats = oddity_.repeat_token_after != 0 && to > static_cast<std::size_t>(oddity_.repeat_token_after);
      *body += "<NextContinuationToken>" + std::to_string(repeats ? from : to) + (from == to ? "e" : "") +
               "</NextContinuationToken>";
    }
    for (std::size_t i = from; i < to; ++i) {
      *body += "<Contents><Key>";
      testing::AppendS3UrlEncoded(keys_[i], body);
      *body += "</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>1</Size></Contents>";
    }
    *body += "</ListBucketResult>";
  }

  const std::vector<std::string> keys_;
  const Before before_;
  const std::size_t page_size_;
  const Oddity oddity_;
  testing::LoopbackServer server_;
};

}  // namespace signpost::job
