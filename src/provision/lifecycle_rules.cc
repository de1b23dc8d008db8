#include "provision/lifecycle_rules.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "base/bytes.h"
#include "sigv4/sha256.h"

namespace signpost::provision {
namespace {

/// An id has at most 255 characters; odd ones are kept out of it.
std::string RuleId(std::string_view kind, std::string_view prefix) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '.' ||
           c == '-' || c == '_';
  };
  constexpr std::size_t kLongest = 200;
  if (prefix.size() <= kLongest && std::ranges::all_of(prefix, plain))
    return fmt::format("signpost-{}:{}", kind, prefix);
  return fmt::format("signpost-{}:{}", kind, HexEncode(sigv4::Sha256Of(prefix)).substr(0, 32));
}

void AddText(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).append_child(pugi::node_pcdata).set_value(text.c_str());
}

enum class Form { kFilter, kPrefix };

/// A configuration of rules with the older `<Prefix>` may not have any with `<Filter>`.
Form FormOf(const std::vector<pugi::xml_node>& rules) {
  const auto has = [&rules](const char* name) {
    return std::ranges::any_of(rules, [name](pugi::xml_node rule) { return !rule.child(name).empty(); });
  };
  return has("Prefix") && !has("Filter") ? Form::kPrefix : Form::kFilter;
}

/// Appends a rule without an action yet.
pugi::xml_node AddRule(pugi::xml_node parent, const std::string& id, const std::string& prefix, Form form) {
  pugi::xml_node rule = parent.append_child("Rule");
  AddText(rule, "ID", id);
  AddText(form == Form::kPrefix ? rule : rule.append_child("Filter"), "Prefix", prefix);
  AddText(rule, "Status", "Enabled");
  return rule;
}

pugi::xml_node AddExpiryRule(pugi::xml_node parent, const LifecycleGoal& goal, Form form) {
  pugi::xml_node rule = AddRule(parent, ExpiryRuleId(goal.prefix), goal.prefix, form);
  AddText(rule.append_child("Expiration"), "Days", fmt::to_string(goal.days));
  if (goal.keeps_versions) AddText(rule.append_child("NoncurrentVersionExpiration"), "NoncurrentDays", "1");
  return rule;
}

pugi::xml_node AddAbortRule(pugi::xml_node parent, const LifecycleGoal& goal, Form form) {
  pugi::xml_node rule = AddRule(parent, AbortRuleId(goal.prefix), goal.prefix, form);
  AddText(rule.append_child("AbortIncompleteMultipartUpload"), "DaysAfterInitiation", fmt::to_string(kAbortDays));
  return rule;
}

using AddWanted = pugi::xml_node (*)(pugi::xml_node parent, const LifecycleGoal& goal, Form form);

/// The lines of a rule, each after `mark`.
std::string Lines(pugi::xml_node rule, char mark) {
  std::string lines;
  std::istringstream in(TextOf(rule, "  "));
  for (std::string line; std::getline(in, line);) lines += fmt::format("{} {}\n", mark, line);
  return lines;
}

bool MeansWanted(pugi::xml_node rule, const LifecycleGoal& goal, AddWanted add) {
  LifecycleDocument scratch;
  const std::string meaning = MeaningOf(rule);
  return meaning == MeaningOf(add(scratch.root(), goal, Form::kFilter)) ||
         meaning == MeaningOf(add(scratch.root(), goal, Form::kPrefix));
}

/// Puts one wanted rule where a rule of its id stands, or at the end; returns the lines of the diff.
std::string Place(pugi::xml_node root, const std::string& id, const LifecycleGoal& goal, AddWanted add, Form form) {
  std::vector<pugi::xml_node> ours;
  for (const pugi::xml_node rule : root.children("Rule")) {
    if (rule.child_value("ID") == id) ours.push_back(rule);
  }
  if (ours.size() == 1 && MeansWanted(ours.front(), goal, add)) return {};
  std::string removed;
  const pugi::xml_node wanted = add(root, goal, form);
  if (!ours.empty()) root.insert_move_before(wanted, ours.front());
  for (const pugi::xml_node rule : ours) {
    removed += Lines(rule, '-');
    root.remove_child(rule);
  }
  return removed + Lines(wanted, '+');
}

bool Overlaps(const RuleFacts& rule, std::string_view prefix) {
  return prefix.starts_with(rule.prefix) || std::string_view(rule.prefix).starts_with(prefix);
}

/// Whether a rule of somebody else's would remove a manifest before `goal` does.
bool ExpiresEarlier(const RuleFacts& rule, const LifecycleGoal& goal) {
  if (!rule.enabled || !rule.expires || rule.only_tagged || !Overlaps(rule, goal.prefix)) return false;
  return !rule.expires_after_days || *rule.expires_after_days < goal.days;
}

std::string NameOf(pugi::xml_node rule) {
  const std::string_view id = rule.child_value("ID");
  return id.empty() ? "without an id" : fmt::format("'{}'", id);
}

}  // namespace

Status CheckGoal(const LifecycleGoal& goal) {
  const auto odd = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (goal.prefix.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "the prefix is missing: the rules would expire every object of the bucket (s3://BUCKET/PREFIX/)");
  }
  if (!goal.prefix.ends_with('/')) {
    return Fail(
        ErrorCode::kInvalidArgument,
        fmt::format("'{}' does not end in '/': the rules would expire '{}-other' too", goal.prefix, goal.prefix));
  }
  if (std::ranges::any_of(goal.prefix, odd)) {
    return Fail(ErrorCode::kInvalidArgument, "the prefix has control characters, which a lifecycle cannot hold");
  }
  if (goal.days < 1 || goal.days > kLongestDays) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is not a number of days from 1 to {}", goal.days, kLongestDays));
  }
  return {};
}

std::string ExpiryRuleId(std::string_view prefix) { return RuleId("expire", prefix); }
std::string AbortRuleId(std::string_view prefix) { return RuleId("abort", prefix); }

Result<LifecycleMerge> MergeLifecycle(LifecycleDocument current, const LifecycleGoal& goal) {
  if (Status valid = CheckGoal(goal); !valid) return Forward(valid);
  const std::string expiry_id = ExpiryRuleId(goal.prefix);
  const std::string abort_id = AbortRuleId(goal.prefix);
  std::vector<pugi::xml_node> others;
  for (const pugi::xml_node rule : current.Rules()) {
    const std::string_view id = rule.child_value("ID");
    if (id != expiry_id && id != abort_id) others.push_back(rule);
  }
  for (const pugi::xml_node rule : others) {
    if (!ExpiresEarlier(FactsOf(rule), goal)) continue;
    return Fail(
        ErrorCode::kConflict,
        fmt::format("the bucket's lifecycle rule {} would expire objects below '{}' before {} days are over; change "
                    "that rule, or ask for fewer days",
                    NameOf(rule), goal.prefix, goal.days));
  }
  if (others.size() + 2 > kMostRules) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the bucket's lifecycle has {} other rules; with two more it would exceed "
                            "the {} that S3 allows",
                            others.size(), kMostRules));
  }
  const Form form = FormOf(others);
  std::string diff = Place(current.root(), expiry_id, goal, AddExpiryRule, form);
  diff += Place(current.root(), abort_id, goal, AddAbortRule, form);
  return LifecycleMerge{.document = std::move(current), .diff = std::move(diff), .other_rules = others.size()};
}

LifecycleCover CoverOf(const LifecycleDocument& document, std::string_view prefix) {
  LifecycleCover cover;
  const auto take_least = [](std::optional<int>* least, const std::optional<int>& days) {
    if (days && *days >= 0 && (!*least || *days < **least)) *least = days;
  };
  for (const pugi::xml_node rule : document.Rules()) {
    const RuleFacts facts = FactsOf(rule);
    if (!facts.enabled || facts.only_tagged || facts.only_sized || !prefix.starts_with(facts.prefix)) continue;
    take_least(&cover.expires_after_days, facts.expires_after_days);
    take_least(&cover.aborts_after_days, facts.aborts_after_days);
  }
  return cover;
}

}  // namespace signpost::provision
