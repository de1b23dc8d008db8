#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "idempotency/record.h"

namespace signpost::idempotency {

/// The bodies of requests, and what is read from answers, of DynamoDB's JSON API.

/// GetItem, strongly consistent.
std::string GetItemBody(std::string_view table, std::string_view id);

/// PutItem on the condition that no item has the record's id (`seen` null), or that owner and revision are those of
/// `*seen`; a failed condition is answered with the item that is there.
std::string PutItemBody(std::string_view table, const Record& record, const Record* seen);

/// The record in the member "Item" of `answer`; nothing when there is no such member. A record that others wrote
/// (Powertools) has neither owner nor revision. kDataLoss when the item is no record.
Result<std::optional<Record>> ReadItem(std::string_view answer);

}  // namespace signpost::idempotency
