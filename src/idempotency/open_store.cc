#include "idempotency/open_store.h"

#include "idempotency/dynamodb_store.h"
#include "idempotency/s3_store.h"

namespace signpost::idempotency {

std::unique_ptr<Store> OpenStore(const StoreAddress& address, s3::Connection* connection, Sleeper* sleeper,
                                 Random* random) {
  if (const auto* s3 = std::get_if<S3Address>(&address)) {
    return std::make_unique<S3Store>(*s3, &connection->client());
  }
  const auto* dynamodb = std::get_if<DynamoDbAddress>(&address);
  if (dynamodb == nullptr) return nullptr;
  const aws::Settings& settings = connection->settings();
  return std::make_unique<DynamoDbStore>(
      DynamoDbOptions{
          .table = dynamodb->table, .region = settings.S3Region(), .endpoint_url = settings.dynamodb_endpoint_url},
      &connection->transport(), &connection->credentials(), &connection->retrier().clock(), &connection->clock(),
      sleeper, random);
}

}  // namespace signpost::idempotency
