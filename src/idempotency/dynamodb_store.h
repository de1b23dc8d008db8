#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "signpost/signing_scope.h"

#include "aws/credentials_provider.h"
#include "aws/skewed_clock.h"
#include "http/retry.h"
#include "http/transport.h"
#include "idempotency/store.h"

namespace signpost::idempotency {

struct DynamoDbOptions {
  std::string table;  ///< A name, or an ARN: its region is then asked.
  Region region;
  std::optional<std::string> endpoint_url;  ///< Empty: AWS's regional host.
};

/// One item for each record, in a table whose partition key is the string `id`; its TTL attribute should be
/// `expiration`. Needs the permissions dynamodb:GetItem and dynamodb:PutItem. Protocol: AWS JSON 1.0
/// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html); every answer is
/// checked against its x-amz-crc32. Retries for at most about ten seconds of waiting.
class DynamoDbStore final : public Store {
 public:
  /// The referenced objects must outlive this one.
  DynamoDbStore(DynamoDbOptions options, http::Transport* transport, aws::CredentialsCache* credentials,
                aws::SkewedClock* clock, Sleeper* sleeper, Random* random);

  Result<std::optional<Stored>> Read(const CallContext& context, const std::string& id) override;
  Result<WriteOutcome> Create(const CallContext& context, const Record& record) override;
  Result<WriteOutcome> Replace(const CallContext& context, const Stored& seen, const Record& record) override;
  std::string Describe() const override;

 private:
  struct Corrections;

  /// Calls `action` ("PutItem") with the JSON `body`. An answer of status 400 or more is the service's error; its body
  /// goes to `*answer` all the same.
  Status Call(const CallContext& context, std::string_view action, const std::string& body, std::string* answer);
  Status SendOnce(const CallContext& context, std::string_view action, const std::string& body,
                  const Credentials& credentials, http::Response* response) const;
  bool Correct(const CallContext& context, const Error& error, const http::Response& response,
               const Credentials& credentials, Corrections* done);
  Result<WriteOutcome> Put(const CallContext& context, const Record& record, const std::string& body);

  const DynamoDbOptions options_;
  http::Transport* const transport_;
  aws::CredentialsCache* const credentials_;
  aws::SkewedClock* const clock_;
  http::RetryBudget budget_;
  http::Retrier retrier_;
};

}  // namespace signpost::idempotency
