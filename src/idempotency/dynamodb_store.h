#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/json_call.h"
#include "idempotency/store.h"

namespace signpost::idempotency {

struct DynamoDbOptions {
  std::string table;  ///< A name, or an ARN: its region is then asked.
  Region region;
  std::optional<std::string> endpoint_url;  ///< Empty: AWS's regional host.
};

/// One item for each record, in a table whose partition key is the string `id`; its TTL attribute should be
/// `expiration`. Needs the permissions dynamodb:GetItem and dynamodb:PutItem. Protocol: AWS JSON 1.0
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html). Retries for at most
/// about ten seconds of waiting.
class DynamoDbStore final : public Store {
 public:
  /// Deadlines are by `clock`, signatures by `skewed`. The referenced objects must outlive this one.
  DynamoDbStore(const DynamoDbOptions& options, http::Transport* transport, aws::CredentialsCache* credentials,
                const Clock* clock, aws::SkewedClock* skewed, Sleeper* sleeper, Random* random);

  Result<std::optional<Stored>> Read(const CallContext& context, const std::string& id) override;
  Result<WriteOutcome> Create(const CallContext& context, const Record& record) override;
  Result<WriteOutcome> Replace(const CallContext& context, const Stored& seen, const Record& record) override;
  std::string Describe() const override;

 private:
  /// Calls `action` ("PutItem"); a refusal's body goes to `*refusal`.
  Result<std::string> Call(const CallContext& context, std::string_view action, const std::string& body,
                           std::string* refusal = nullptr);
  Result<WriteOutcome> Put(const CallContext& context, const Record& record, const std::string& body);

  const std::string table_;
  http::RetryBudget budget_;
  http::Retrier retrier_;
  const aws::JsonService service_;
};

}  // namespace signpost::idempotency
