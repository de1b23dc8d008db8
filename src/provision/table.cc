#include "provision/table.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "aws/json_text.h"
#include "provision/services.h"

namespace signpost::provision {
namespace {

using aws::TextOf;
using nlohmann::json;

constexpr char kKey[] = "id";
constexpr char kTimeToLive[] = "expiration";
constexpr int kPolls = 600;
constexpr std::chrono::milliseconds kBetweenPolls{1'000};

json Member(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? json() : *found;
}

std::string TypeOf(const json& definitions, const std::string& attribute) {
  for (const json& definition : definitions) {
    if (TextOf(definition, "AttributeName") == attribute) return TextOf(definition, "AttributeType");
  }
  return "?";
}

TableFacts FactsOf(const json& description) {
  TableFacts facts{.status = TextOf(description, "TableStatus")};
  std::vector<std::string> parts;
  for (const json& part : Member(description, "KeySchema")) {
    const std::string name = TextOf(part, "AttributeName");
    parts.push_back(fmt::format("{} ({})", name, TypeOf(Member(description, "AttributeDefinitions"), name)));
  }
  facts.key = fmt::format("{}", fmt::join(parts, ", "));
  facts.key_fits = facts.key == fmt::format("{} (S)", kKey);
  return facts;
}

Status CreateTable(const aws::JsonService& service, const CallContext& context, const std::string& table) {
  auto created = Call(service, context, fmt::format("creating the table '{}'", table), "CreateTable",
                      {{"TableName", table},
                       {"KeySchema", {{{"AttributeName", kKey}, {"KeyType", "HASH"}}}},
                       {"AttributeDefinitions", {{{"AttributeName", kKey}, {"AttributeType", "S"}}}},
                       {"BillingMode", "PAY_PER_REQUEST"}});
  // Somebody else's, or an attempt of ours whose answer was lost; what it is like is looked at afterwards.
  if (created || created.error().service_code == "ResourceInUseException") return {};
  return Forward(created);
}

Status WaitUntilActive(const aws::JsonService& service, const CallContext& context, Sleeper& sleeper,
                       const std::string& table) {
  for (int poll = 0; poll < kPolls; ++poll) {
    auto facts = DescribeTable(service, context, table);
    if (!facts) return Forward(facts);
    if (*facts && (*facts)->status == "ACTIVE") return {};
    sleeper.SleepFor(kBetweenPolls, context.stop);
    if (context.stop.stop_requested()) return Fail(ErrorCode::kCancelled, "cancelled; the table is being created");
  }
  return Fail(ErrorCode::kUnavailable, fmt::format("the table '{}' is not active after ten minutes", table));
}

}  // namespace

bool TableFacts::forgets() const {
  return ttl_attribute == kTimeToLive && (ttl_status == "ENABLED" || ttl_status == "ENABLING");
}

Result<std::optional<TableFacts>> DescribeTable(const aws::JsonService& service, const CallContext& context,
                                                const std::string& table) {
  const json named{{"TableName", table}};
  auto described = Call(service, context, fmt::format("asking for the table '{}'", table), "DescribeTable", named);
  if (!described && described.error().code == ErrorCode::kNotFound) return std::nullopt;
  if (!described) return Forward(described);
  TableFacts facts = FactsOf(Member(*described, "Table"));
  auto ttl = Call(service, context, fmt::format("asking for the time to live of the table '{}'", table),
                  "DescribeTimeToLive", named);
  if (!ttl) return Forward(ttl);
  const json description = Member(*ttl, "TimeToLiveDescription");
  facts.ttl_status = TextOf(description, "TimeToLiveStatus");
  facts.ttl_attribute = TextOf(description, "AttributeName");
  return facts;
}

Result<TablePlan> PlanTable(const aws::JsonService& service, const CallContext& context, const std::string& table) {
  auto facts = DescribeTable(service, context, table);
  if (!facts) return Forward(facts);
  TablePlan plan{.table = table, .create = !*facts};
  if (*facts && !(*facts)->key_fits) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the table '{}' is there with the key {}; records of jobs need the string "
                            "'{}' alone: take another table",
                            table, (*facts)->key, kKey));
  }
  if (*facts && (*facts)->status == "DELETING") {
    return Fail(ErrorCode::kConflict, fmt::format("the table '{}' is being deleted; try again when it is gone", table));
  }
  plan.set_time_to_live = !*facts || !(*facts)->forgets();
  if (*facts && plan.set_time_to_live && (*facts)->ttl_status != "DISABLED" && !(*facts)->ttl_status.empty()) {
    return Fail(ErrorCode::kConflict,
                fmt::format("the time to live of the table '{}' is {} on '{}'; records of jobs need it on "
                            "'{}': switch it off first",
                            table, (*facts)->ttl_status, (*facts)->ttl_attribute, kTimeToLive));
  }
  if (plan.create) plan.changes.push_back(fmt::format("+ table '{}': on demand, key '{}' (a string)", table, kKey));
  if (plan.set_time_to_live) {
    plan.changes.push_back(fmt::format("+ time to live of the table '{}' on '{}'", table, kTimeToLive));
  }
  return plan;
}

Status ApplyTable(const aws::JsonService& service, const CallContext& context, Sleeper& sleeper,
                  const TablePlan& plan) {
  if (plan.create) {
    if (Status created = CreateTable(service, context, plan.table); !created) return created;
  }
  if (Status active = WaitUntilActive(service, context, sleeper, plan.table); !active) return active;
  auto now = PlanTable(service, context, plan.table);
  if (!now) return Forward(now);
  if (!now->set_time_to_live) return {};
  auto set = Call(
      service, context, fmt::format("setting the time to live of the table '{}'", plan.table), "UpdateTimeToLive",
      {{"TableName", plan.table}, {"TimeToLiveSpecification", {{"Enabled", true}, {"AttributeName", kTimeToLive}}}});
  auto after = PlanTable(service, context, plan.table);
  if (after && after->changes.empty()) return {};
  if (!set) return Forward(set);
  if (!after) return Forward(after);
  return Fail(ErrorCode::kUnavailable,
              fmt::format("the time to live of the table '{}' was set, but it does not show", plan.table));
}

}  // namespace signpost::provision
