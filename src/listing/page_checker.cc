#include "listing/page_checker.h"

#include <fmt/format.h>

namespace signpost::listing {

std::string Printable(std::string_view key) {
  constexpr std::size_t kMost = 100;
  std::string out;
  for (const char c : key.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  if (key.size() > kMost) out += "...";
  return out;
}

Status PageChecker::Check(const s3::ListPage& page) {
  if (!any_key_ && !page.objects.empty() && page.objects.front().key <= after_ && !after_.empty()) {
    return Fail(ErrorCode::kDataLoss, fmt::format("the server listed '{}' when asked for what comes after '{}'; "
                                                  "use --listing serial, which never asks that",
                                                  Printable(page.objects.front().key), Printable(after_)));
  }
  std::string_view last = last_key_;
  for (const s3::ListedObject& object : page.objects) {
    if (!object.key.starts_with(prefix_)) {
      return Fail(ErrorCode::kDataLoss,
                  fmt::format("the server listed '{}', which is outside the prefix", Printable(object.key)));
    }
    if (order_ == KeyOrder::kBytes && any_key_ && object.key <= last) {
      return Fail(ErrorCode::kDataLoss,
                  fmt::format("the server listed '{}' after '{}': it does not list in byte order; "
                              "use --listing serial to take its own order",
                              Printable(object.key), Printable(last)));
    }
    last = object.key;
    any_key_ = true;
  }
  if (!page.objects.empty()) last_key_.assign(last);
  return CheckToken(page);
}

Status PageChecker::CheckToken(const s3::ListPage& page) {
  if (!page.is_truncated) return {};
  if (pages_since_ > 0 && page.next_continuation_token == remembered_token_) {
    return Fail(ErrorCode::kDataLoss, "the server gave the same continuation token again: the listing would never end");
  }
  if (++pages_since_ >= remember_after_) {
    remembered_token_ = page.next_continuation_token;
    pages_since_ = 1;
    remember_after_ *= 2;
  }
  return {};
}

}  // namespace signpost::listing
