#include "local/batch_rules.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace signpost::local {
namespace {

using nlohmann::json;

constexpr char kList[] = "batchItemFailures";
constexpr char kItem[] = "itemIdentifier";

BatchVerdict WholeBatch(std::string why) { return {.whole_batch_failed = true, .failed = {}, .note = std::move(why)}; }

/// A key that somebody probably meant to be `batchItemFailures`.
std::string MisspeltKey(const json& answer) {
  const auto lower = [](std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return text;
  };
  for (const auto& [key, value] : answer.items()) {
    if (lower(key) == lower(kList)) return key;
  }
  return {};
}

BatchVerdict WithoutList(const json& answer) {
  BatchVerdict verdict;
  if (answer.empty()) return verdict;
  const std::string misspelt = MisspeltKey(answer);
  verdict.note = misspelt.empty() ? fmt::format("the answer has no {}; that counts as success", kList)
                                  : fmt::format("'{}' is not {}; that counts as success", misspelt, kList);
  return verdict;
}

}  // namespace

BatchVerdict JudgeBatch(std::string_view answer, std::span<const std::string> message_ids) {
  if (answer.empty()) return {};
  const json parsed = json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_null()) return {};
  if (parsed.is_discarded()) return WholeBatch("the answer is not JSON");
  if (!parsed.is_object()) return WholeBatch("the answer is not a JSON object");
  const auto list = parsed.find(kList);
  if (list == parsed.end()) return WithoutList(parsed);
  if (list->is_null()) return {};
  if (!list->is_array()) return WholeBatch(fmt::format("{} is not a list", kList));
  std::set<std::string> failed;
  for (const json& item : *list) {
    const auto id = item.is_object() ? item.find(kItem) : item.end();
    if (!item.is_object() || id == item.end()) return WholeBatch(fmt::format("an item without {}", kItem));
    if (!id->is_string() || id->get_ref<const std::string&>().empty()) {
      return WholeBatch(fmt::format("an {} that is empty or no text", kItem));
    }
    if (std::ranges::find(message_ids, id->get_ref<const std::string&>()) == message_ids.end()) {
      return WholeBatch(fmt::format("an {} that is not of this batch", kItem));
    }
    failed.insert(id->get<std::string>());
  }
  BatchVerdict verdict;
  std::ranges::copy_if(message_ids, std::back_inserter(verdict.failed),
                       [&failed](const std::string& id) { return failed.contains(id); });
  return verdict;
}

}  // namespace signpost::local
