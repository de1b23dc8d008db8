#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "signpost/error.h"

#include "base/clock.h"

namespace signpost::idempotency {

enum class RecordStatus {
  kInProgress,  ///< Somebody works, or worked, on it: a lock until `in_progress_expiration`.
  kCompleted,   ///< `data` tells the outcome; good until `expiration`.
};

/// "INPROGRESS", "COMPLETED".
std::string_view Name(RecordStatus status);

/// What a store keeps of one job. The names of the fields are those of the stored attributes, which are Powertools'
/// (https://docs.powertools.aws.dev/lambda/python/latest/utilities/idempotency/) but for `owner` and `revision`.
struct Record {
  std::string id;  ///< The job's identity: 32 hexadecimal digits.
  RecordStatus status = RecordStatus::kInProgress;
  std::string owner;                    ///< The random fencing token of who claimed it; empty in foreign records.
  std::uint64_t revision = 0;           ///< Grows with every write of one owner; tells its writes apart.
  TimePoint in_progress_expiration;     ///< When the lock ends; the epoch in one that was given back.
  std::chrono::sys_seconds expiration;  ///< When the record is forgotten; the store's TTL may do it days later.
  std::string validation;               ///< SHA-256 of the whole request, in hexadecimal; empty: unknown.
  std::string data;                     ///< JSON text of the job's; never a URL.

  /// The very same write: `owner` and `revision` are never used for two.
  bool IsSameWriteAs(const Record& other) const { return owner == other.owner && revision == other.revision; }
};

/// kDataLoss unless the times lie between 1970 and the year 9999: nothing that is computed from them overflows then.
Status CheckTimes(std::int64_t in_progress_expiration_ms, std::int64_t expiration_s);

/// The record as one line of JSON, ...
std::string ToJson(const Record& record);

/// ... and back. kDataLoss for anything else than a record.
Result<Record> FromJson(std::string_view text);

}  // namespace signpost::idempotency
