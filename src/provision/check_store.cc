#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "idempotency/open_store.h"
#include "provision/doctor.h"
#include "provision/table.h"

namespace signpost::provision {
namespace {

constexpr char kTableCheck[] = "table";
/// No job has it: those are hexadecimal digits.
constexpr char kNoJob[] = "signpost-doctor";

Finding CheckFacts(const aws::JsonService& service, const CallContext& context, const std::string& table) {
  const auto facts = DescribeTable(service, context, table);
  const std::string provision = "signpost provision table dynamodb://" + table;
  if (!facts && facts.error().code == ErrorCode::kDenied) {
    return Warn(kTableCheck, facts.error().ToString(),
                "its key and time to live were not seen; the function itself needs no dynamodb:Describe* permission");
  }
  if (!facts) return Bad(kTableCheck, facts.error().ToString(), "see the message");
  if (!*facts)
    return Bad(kTableCheck, fmt::format("there is no table '{}' in {}", table, service.region.name), provision);
  if (!(*facts)->key_fits) {
    return Bad(kTableCheck, fmt::format("'{}' has the key {}, not the string 'id' alone", table, (*facts)->key),
               "take another table");
  }
  if ((*facts)->status != "ACTIVE")
    return Warn(kTableCheck, fmt::format("'{}' is {}", table, (*facts)->status), "wait");
  if (!(*facts)->forgets()) {
    return Warn(kTableCheck, fmt::format("'{}' keeps records for ever: no time to live on 'expiration'", table),
                provision);
  }
  return Ok(kTableCheck, fmt::format("'{}' with its key and time to live", table));
}

/// dynamodb:PutItem, on a condition that no item meets.
Finding CheckPut(const aws::JsonService& service, const CallContext& context, const std::string& table) {
  const auto put = Call(service, context, fmt::format("PutItem in the table '{}'", table), "PutItem",
                        {{"TableName", table},
                         {"Item", {{"id", {{"S", kNoJob}}}}},
                         {"ConditionExpression", "attribute_exists(id) AND attribute_not_exists(id)"}});
  if (put) return Warn("record", "the server wrote an item against its condition", "do not keep records there");
  if (put.error().service_code == "ConditionalCheckFailedException") {
    return Ok("record", fmt::format("may be read and written in '{}'", table));
  }
  return Bad("record", put.error().ToString(), "allow dynamodb:PutItem on the table");
}

Finding CheckRead(const DoctorWorld& world, const CallContext& context, const idempotency::StoreAddress& store,
                  const std::string& actions) {
  const auto opened = idempotency::OpenStore(store, world.connection, world.sleeper, world.random);
  const auto read = opened->Read(context, kNoJob);
  if (read) return Ok("record", "may be read in " + opened->Describe());
  return Bad("record", read.error().ToString(), fmt::format("allow {} there", actions));
}

}  // namespace

std::vector<Finding> CheckStore(const DoctorWorld& world, const CallContext& context,
                                const idempotency::StoreAddress& store) {
  if (const auto* s3 = std::get_if<idempotency::S3Address>(&store)) {
    return {CheckRead(world, context, store, "s3:GetObject and s3:ListBucket"),
            CheckWriting(world, context, s3->bucket, s3->prefix + kNoJob)};
  }
  const auto* dynamodb = std::get_if<idempotency::DynamoDbAddress>(&store);
  if (dynamodb == nullptr) return {};
  const aws::JsonService service = DynamoDbOf(world.connection, dynamodb->table);
  std::vector<Finding> findings = {CheckFacts(service, context, dynamodb->table)};
  if (findings.front().verdict == Verdict::kFail) return findings;
  Finding read = CheckRead(world, context, store, "dynamodb:GetItem");
  findings.push_back(read.verdict == Verdict::kOk ? CheckPut(service, context, dynamodb->table) : std::move(read));
  return findings;
}

}  // namespace signpost::provision
