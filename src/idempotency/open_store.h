#pragma once

#include <memory>

#include "idempotency/store.h"
#include "idempotency/store_address.h"
#include "s3/connection.h"

namespace signpost::idempotency {

/// The store at `address`; null for NoStore. Nothing is sent. The table is looked for in the settings' region and at
/// their DynamoDB endpoint. The referenced objects must outlive the store.
std::unique_ptr<Store> OpenStore(const StoreAddress& address, s3::Connection* connection, Sleeper* sleeper,
                                 Random* random);

}  // namespace signpost::idempotency
