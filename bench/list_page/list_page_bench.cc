// Keys per second that ScanListPage() takes from canned pages, one thread. First every page's answer is checked against
// pugixml and a plain decoder. With --check nothing is timed.

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "base/bytes.h"
#include "s3/list_page.h"
#include "testing/key_shape.h"

namespace {

using signpost::s3::ListPage;

constexpr int kPages = 64;
constexpr int kKeysPerPage = 1000;

/// A page as S3 writes it: space as '+', slashes plain, the ETag's quotes as entities.
std::string MakePage(const signpost::testing::KeyShape& shape, std::uint64_t first) {
  std::string page =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Name>bucket</Name><Prefix></Prefix><NextContinuationToken>1/a+b==</NextContinuationToken>"
      "<KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>"
      "<IsTruncated>true</IsTruncated>";
  std::string key;
  for (std::uint64_t i = first; i < first + kKeysPerPage; ++i) {
    shape.KeyAt(i, &key);
    std::string encoded = signpost::PercentEncode(key, /*keep_slash=*/true);
    for (std::size_t at = 0; (at = encoded.find("%20", at)) != std::string::npos;) encoded.replace(at, 3, "+");
    page += fmt::format(
        "<Contents><Key>{}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
        "<ETag>&quot;{:032x}&quot;</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
        encoded, signpost::testing::MixBits(i), i * 977);
  }
  return page + "</ListBucketResult>";
}

std::string DecodedPlainly(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

bool AgreesWithReference(const std::string& body) {
  ListPage page;
  page.body = body;
  if (const auto scanned = ScanListPage(&page); !scanned) {
    fmt::print(stderr, "refused: {}\n", scanned.error().message);
    return false;
  }
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return false;
  std::size_t at = 0;
  for (const pugi::xml_node node : document.document_element().children("Contents")) {
    if (at == page.objects.size()) return false;
    const auto& object = page.objects[at++];
    if (object.key != DecodedPlainly(node.child_value("Key")) ||
        fmt::format("\"{}\"", object.etag) != node.child_value("ETag") ||
        object.size != node.child("Size").text().as_ullong() ||
        object.last_modified != node.child_value("LastModified") ||
        object.storage_class != node.child_value("StorageClass")) {
      return false;
    }
  }
  return at == page.objects.size() && page.is_truncated && page.next_continuation_token == "1/a+b==";
}

/// The best of several rounds: the machine's other work only ever slows a round down.
double MillionKeysPerSecond(const std::vector<std::string>& pages) {
  double best = 0;
  ListPage page;
  for (int round = 0; round < 30; ++round) {
    std::chrono::steady_clock::duration spent{};
    std::size_t keys = 0;
    for (const std::string& body : pages) {
      page.body.assign(body);  // The transport's work, not the scanner's.
      const auto start = std::chrono::steady_clock::now();
      if (!ScanListPage(&page)) return 0;
      spent += std::chrono::steady_clock::now() - start;
      keys += page.objects.size();
    }
    best = std::max(best, static_cast<double>(keys) / std::chrono::duration<double>(spent).count() / 1e6);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const bool check_only = argc > 1 && std::strcmp(argv[1], "--check") == 0;
  for (const char* name : {"sequence", "uuid", "dates", "hostile"}) {
    const auto shape = signpost::testing::MakeKeyShape(name, kPages * kKeysPerPage);
    if (!shape) return 1;
    std::vector<std::string> pages;
    std::size_t bytes = 0;
    for (int i = 0; i < kPages; ++i) {
      pages.push_back(MakePage(**shape, static_cast<std::uint64_t>(i) * kKeysPerPage));
      bytes += pages.back().size();
      if (!AgreesWithReference(pages.back())) {
        fmt::print(stderr, "{}: page {} is not what pugixml reads\n", name, i);
        return 1;
      }
    }
    if (check_only) continue;
    fmt::print("{:9} {:6.2f} M keys/s  ({} bytes a key)\n", name, MillionKeysPerSecond(pages),
               bytes / (kPages * kKeysPerPage));
  }
  return 0;
}
