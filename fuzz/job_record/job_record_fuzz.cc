// A record as others may have written it: a DynamoDB answer, an object, or what one says of a manifest. What is read
// once is read the same after it was written again.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "idempotency/dynamodb_item.h"
#include "idempotency/record.h"
#include "job/once_data.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace signpost;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto record = idempotency::FromJson(text)) {
    const auto again = idempotency::FromJson(idempotency::ToJson(*record));
    if (!again || idempotency::ToJson(*again) != idempotency::ToJson(*record)) std::abort();
  }
  if (const auto item = idempotency::ReadItem(text); item && *item) {
    const auto again = idempotency::FromJson(idempotency::ToJson(**item));
    // A foreign item may lack an id, which no record of ours does.
    if (!again && !(*item)->id.empty()) std::abort();
  }
  if (const auto data = job::ParseOnceData(text)) {
    const auto again = job::ParseOnceData(job::ToJson(*data));
    if (!again || job::ToJson(*again) != job::ToJson(*data)) std::abort();
  }
  return 0;
}
