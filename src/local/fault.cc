#include "local/fault.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace signpost::local {
namespace {

struct Named {
  std::string_view name;
  Fault fault;
};

constexpr Named kFaults[] = {
    {"next-500", Fault::kNext500},
    {"next-drop", Fault::kNextDrop},
    {"no-deadline", Fault::kNoDeadline},
    {"garbage-deadline", Fault::kGarbageDeadline},
    {"past-deadline", Fault::kPastDeadline},
    {"far-deadline", Fault::kFarDeadline},
    {"no-request-id", Fault::kNoRequestId},
    {"response-403", Fault::kResponse403},
    {"response-500", Fault::kResponse500},
    {"response-drop", Fault::kResponseDrop},
    {"twice", Fault::kTwice},
    {"freeze", Fault::kFreeze},
    {"sqs-twice", Fault::kSqsTwice},
};

Status Add(std::string_view item, FaultCounts* counts) {
  const std::size_t colon = item.find(':');
  const std::string_view name = item.substr(0, colon);
  const auto found = std::ranges::find(kFaults, name, &Named::name);
  if (found == std::end(kFaults)) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not one of {}", name, FaultNames()));
  }
  int times = -1;
  if (colon != std::string_view::npos) {
    const std::string_view number = item.substr(colon + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), times);
    if (error != std::errc() || end != number.data() + number.size() || times < 1) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a number of times, 1 or more", number));
    }
  }
  (*counts)[found->fault] = times;
  return {};
}

}  // namespace

std::string FaultNames() {
  std::string names;
  for (const Named& each : kFaults) {
    if (!names.empty()) names += ", ";
    names += each.name;
  }
  return names;
}

Result<FaultCounts> ParseFaults(std::string_view list) {
  FaultCounts counts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (Status added = Add(list.substr(begin, end - begin), &counts); !added) return Forward(added);
    begin = end + 1;
  }
  return counts;
}

bool Misbehaviour::Take(Fault fault) {
  const std::lock_guard lock(mutex_);
  const auto found = left_.find(fault);
  if (found == left_.end() || found->second == 0) return false;
  if (found->second > 0) --found->second;
  return true;
}

}  // namespace signpost::local
