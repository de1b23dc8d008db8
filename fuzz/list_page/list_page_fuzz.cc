// Any bytes as a list answer: no crash, views only into the page's own body, and what is accepted is a complete
// <ListBucketResult> for pugixml too, with the same number of objects.

#include <cstdint>
#include <cstdlib>
#include <functional>

#include <pugixml.hpp>

#include "s3/list_page.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  signpost::s3::ListPage page;
  page.body = body;
  if (const auto scanned = ScanListPage(&page); !scanned) {
    const auto code = scanned.error().code;
    Require(code == signpost::ErrorCode::kUnavailable || code == signpost::ErrorCode::kDataLoss);
    return 0;
  }
  Require(page.is_truncated == !page.next_continuation_token.empty());
  const std::less_equal<const char*> not_after;
  for (const auto& object : page.objects) {
    Require(!object.key.empty() && object.key.size() <= 1024);
    Require(not_after(page.body.data(), object.key.data()));
    Require(not_after(object.key.data() + object.key.size(), page.body.data() + page.body.size()));
  }
  pugi::xml_document document;
  // A NUL byte ends pugixml's document, and it reads other encodings than UTF-8: no reference there.
  if (body.find('\0') != std::string::npos) return 0;
  if (!document.load_buffer(body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8)) return 0;
  std::size_t objects = 0;
  for ([[maybe_unused]] const pugi::xml_node node : document.document_element().children("Contents")) ++objects;
  Require(objects == page.objects.size());
  return 0;
}
