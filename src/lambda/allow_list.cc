#include "lambda/allow_list.h"

#include <algorithm>

namespace signpost::lambda {

Result<S3Uri> ParseRoot(std::string_view text) {
  auto root = S3Uri::Parse(text);
  if (root && !root->key.empty() && !root->key.ends_with('/')) root->key += '/';
  return root;
}

bool IsWithin(const S3Uri& root, const Bucket& bucket, std::string_view key) {
  return root.bucket == bucket && key.starts_with(root.key);
}

Result<AllowList> AllowList::Parse(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  AllowList list;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    if (text.empty()) return list;
    const std::string_view entry = text.substr(0, text.find_first_of(kBlank));
    text.remove_prefix(entry.size());
    auto root = ParseRoot(entry);
    if (!root) return Forward(root);
    list.entries_.push_back(std::move(*root));
  }
}

bool AllowList::Allows(const Bucket& bucket, std::string_view prefix) const {
  return std::ranges::any_of(entries_, [&](const S3Uri& entry) { return IsWithin(entry, bucket, prefix); });
}

}  // namespace signpost::lambda
