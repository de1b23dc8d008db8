#pragma once

#include <optional>
#include <string>
#include <vector>

#include "signpost/error.h"

#include "aws/json_call.h"
#include "base/call_context.h"
#include "base/clock.h"

namespace signpost::provision {

/// What the records of jobs need to know of a table.
struct TableFacts {
  std::string status;         ///< "ACTIVE", "CREATING", ...
  bool key_fits = false;      ///< The key is the string `id`, and nothing else.
  std::string key;            ///< For people: "pk (S), sk (N)".
  std::string ttl_status;     ///< "ENABLED", "ENABLING", "DISABLED", "DISABLING"; empty when it was not asked.
  std::string ttl_attribute;  ///< Empty while there is none.

  bool forgets() const;  ///< Time to live is on, or about to be, and looks at `expiration`.
};

/// Nothing when there is no such table. `service` is DynamoDB, `table` a name or an ARN. Needs dynamodb:DescribeTable
/// and dynamodb:DescribeTimeToLive.
Result<std::optional<TableFacts>> DescribeTable(const aws::JsonService& service, const CallContext& context,
                                                const std::string& table);

/// What is to be done so that a table can keep the records of jobs.
struct TablePlan {
  std::string table;
  bool create = false;
  bool set_time_to_live = false;
  std::vector<std::string> changes;  ///< For people; empty: nothing to do.
};

/// Changes nothing. kConflict for a table with another key, or whose time to live looks at something else.
Result<TablePlan> PlanTable(const aws::JsonService& service, const CallContext& context, const std::string& table);

/// Does what was planned, and returns once the table is there as wanted; a table that somebody else creates at the same
/// time is as good. kUnavailable when it is not active after ten minutes. Needs dynamodb:CreateTable and
/// dynamodb:UpdateTimeToLive.
Status ApplyTable(const aws::JsonService& service, const CallContext& context, Sleeper& sleeper, const TablePlan& plan);

}  // namespace signpost::provision
