#include "testing/synthetic_s3_calls.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "testing/synthetic_s3_list.h"

namespace signpost::testing {
namespace {

using Headers = SyntheticStore::Headers;

/// The first `open`...`close` in `*text`, which is taken off up to its end; nothing when there is none.
std::optional<std::string> TakeBetween(std::string_view open, std::string_view close, std::string_view* text) {
  const std::size_t from = text->find(open);
  if (from == std::string_view::npos) return std::nullopt;
  const std::size_t to = text->find(close, from);
  if (to == std::string_view::npos) return std::nullopt;
  std::string taken(text->substr(from + open.size(), to - from - open.size()));
  text->remove_prefix(to + close.size());
  return taken;
}

std::string WithoutQuotes(std::string text) {
  for (const std::string_view quote : {"&quot;", "&#34;", "\""}) {
    for (std::size_t at = 0; (at = text.find(quote)) != std::string::npos;) text.erase(at, quote.size());
  }
  return text;
}

std::vector<std::pair<int, std::string>> PartsOf(std::string_view xml) {
  std::vector<std::pair<int, std::string>> parts;
  while (auto part = TakeBetween("<Part>", "</Part>", &xml)) {
    std::string_view number_text = *part;
    std::string_view etag_text = *part;
    const auto number = TakeBetween("<PartNumber>", "</PartNumber>", &number_text);
    const auto etag = TakeBetween("<ETag>", "</ETag>", &etag_text);
    parts.emplace_back(number ? std::atoi(number->c_str()) : 0, WithoutQuotes(etag.value_or("")));
  }
  return parts;
}

Headers ObjectHeaders(const SyntheticHead& head) {
  Headers kept;
  for (const auto& [name, value] : head.headers) {
    if (name == "content-type" || name == "cache-control" || name.starts_with("x-amz-meta-")) {
      kept.emplace_back(name, value);
    }
  }
  return kept;
}

/// Reads "bytes=A-B" or "bytes=A-" or "bytes=-N" against `size`: first and past the last; nothing when unsatisfiable.
std::optional<std::pair<std::uint64_t, std::uint64_t>> ParseRange(std::string_view range, std::uint64_t size) {
  if (range.empty()) return std::pair{std::uint64_t{0}, size};
  range.remove_prefix(std::min<std::size_t>(range.size(), 6));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  if (dash == 0) return std::pair{size - std::min(size, number(range.substr(1))), size};
  const std::uint64_t first = number(range.substr(0, dash));
  const std::uint64_t last = dash + 1 < range.size() ? std::min(number(range.substr(dash + 1)) + 1, size) : size;
  if (first >= last) return std::nullopt;
  return std::pair{first, last};
}

SyntheticAnswer List(const KeyShape& shape, std::uint64_t page_size, const SyntheticHead& head, std::string* out) {
  SyntheticListRequest request{head.bucket,
                               head.Query("prefix"),
                               head.Query("start-after"),
                               head.Query("continuation-token"),
                               1000,
                               head.Query("encoding-type") == "url"};
  if (const std::string_view text = head.Query("max-keys"); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), request.max_keys);
    if (error != std::errc() || end != text.data() + text.size()) return RefuseCall(400, "InvalidArgument", out);
  }
  request.max_keys = std::min({request.max_keys, page_size, std::uint64_t{1000}});
  if (!RenderListPage(shape, request, out)) return RefuseCall(400, "InvalidArgument", out);
  return {200, {{"Content-Type", "application/xml"}}, 0};
}

SyntheticAnswer Write(SyntheticStore* store, SyntheticCall call, const SyntheticHead& head, std::string* in,
                      std::string* out) {
  const std::string id(head.Query("uploadId"));
  const bool if_none_match = head.Header("if-none-match") == "*";
  SyntheticOutcome outcome;
  if (call == SyntheticCall::kPut) {
    outcome = store->Put(head.key, std::move(*in), head.content_length, ObjectHeaders(head), if_none_match);
  } else if (call == SyntheticCall::kCreateUpload) {
    outcome = store->CreateUpload(head.key, ObjectHeaders(head));
  } else if (call == SyntheticCall::kUploadPart) {
    const int number = std::atoi(std::string(head.Query("partNumber")).c_str());
    outcome = store->PutPart(head.key, id, number, std::move(*in), head.content_length);
  } else if (call == SyntheticCall::kComplete) {
    outcome = store->Complete(head.key, id, PartsOf(*in), if_none_match);
  } else {
    outcome = store->Abort(id);
  }
  if (outcome.status >= 300) return RefuseCall(outcome.status, outcome.code, out);
  SyntheticAnswer answer{outcome.status, {}, 0};
  if (!outcome.etag.empty()) answer.headers.emplace_back("ETag", "\"" + outcome.etag + "\"");
  for (const auto& [name, value] : head.headers) {  // As S3 does after it has verified them.
    if (name.starts_with("x-amz-checksum-")) answer.headers.emplace_back(name, value);
  }
  if (call == SyntheticCall::kCreateUpload) {
    *out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<InitiateMultipartUploadResult>"
        "<UploadId>{}</UploadId></InitiateMultipartUploadResult>",
        outcome.upload_id);
  } else if (call == SyntheticCall::kComplete) {
    *out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CompleteMultipartUploadResult>"
        "<ETag>&quot;{}&quot;</ETag></CompleteMultipartUploadResult>",
        outcome.etag);
  }
  return answer;
}

SyntheticAnswer ListParts(const SyntheticStore& store, const SyntheticHead& head, std::string* out) {
  const auto parts = store.Parts(std::string(head.Query("uploadId")));
  if (!parts) return RefuseCall(404, "NoSuchUpload", out);
  const int after = std::atoi(std::string(head.Query("part-number-marker")).c_str());
  out->assign("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListPartsResult>");
  int count = 0;
  int last = after;
  for (auto part = parts->upper_bound(after); part != parts->end() && count < 1000; ++part, ++count) {
    last = part->first;
    *out += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>&quot;{}&quot;</ETag><Size>{}</Size></Part>",
                        part->first, part->second.etag, part->second.size);
  }
  const bool truncated = parts->upper_bound(last) != parts->end();
  *out += fmt::format("<NextPartNumberMarker>{}</NextPartNumberMarker><IsTruncated>{}</IsTruncated></ListPartsResult>",
                      last, truncated);
  return {200, {{"Content-Type", "application/xml"}}, 0};
}

SyntheticAnswer Read(const SyntheticStore& store, SyntheticCall call, const SyntheticHead& head, std::string* out) {
  const auto object = store.Find(head.key);
  if (!object) return RefuseCall(404, "NoSuchKey", out);
  const std::string if_match = WithoutQuotes(std::string(head.Header("if-match")));
  if (!if_match.empty() && if_match != object->etag) return RefuseCall(412, "PreconditionFailed", out);
  SyntheticAnswer answer{200, object->headers, object->size};
  answer.headers.emplace_back("ETag", "\"" + object->etag + "\"");
  answer.headers.emplace_back("Accept-Ranges", "bytes");
  if (call == SyntheticCall::kHead) return answer;
  if (object->body.size() != object->size) return RefuseCall(501, "NotImplemented", out);
  const std::string_view range = head.Header("range");
  const auto bounds = ParseRange(range, object->size);
  if (!bounds) return RefuseCall(416, "InvalidRange", out);
  if (!range.empty()) {
    answer.status = 206;
    answer.headers.emplace_back("Content-Range",
                                fmt::format("bytes {}-{}/{}", bounds->first, bounds->second - 1, object->size));
  }
  out->assign(object->body, bounds->first, bounds->second - bounds->first);
  return answer;
}

}  // namespace

SyntheticCall CallOf(const SyntheticHead& head) {
  const bool part = head.Has("uploadId");
  if (head.method == "GET") {
    if (head.key.empty()) return head.Query("list-type") == "2" ? SyntheticCall::kList : SyntheticCall::kOther;
    return part ? SyntheticCall::kListParts : SyntheticCall::kGet;
  }
  if (head.key.empty()) return SyntheticCall::kOther;
  if (head.method == "HEAD") return SyntheticCall::kHead;
  if (head.method == "PUT") return part ? SyntheticCall::kUploadPart : SyntheticCall::kPut;
  if (head.method == "DELETE") return part ? SyntheticCall::kAbort : SyntheticCall::kOther;
  if (head.method == "POST" && head.Has("uploads")) return SyntheticCall::kCreateUpload;
  return head.method == "POST" && part ? SyntheticCall::kComplete : SyntheticCall::kOther;
}

SyntheticAnswer RefuseCall(int status, std::string_view code, std::string* out) {
  *out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{0}</Code><Message>synthetic {0}</Message></Error>",
      code);
  return {status, {{"Content-Type", "application/xml"}}, 0};
}

SyntheticAnswer PerformCall(const KeyShape& shape, std::uint64_t page_size, SyntheticStore* store, SyntheticCall call,
                            const SyntheticHead& head, std::string* in, std::string* out) {
  out->clear();
  switch (call) {
    case SyntheticCall::kList:
      return List(shape, page_size, head, out);
    case SyntheticCall::kListParts:
      return ListParts(*store, head, out);
    case SyntheticCall::kHead:
    case SyntheticCall::kGet:
      return Read(*store, call, head, out);
    case SyntheticCall::kOther:
      return RefuseCall(501, "NotImplemented", out);
    default:
      return Write(store, call, head, in, out);
  }
}

}  // namespace signpost::testing
