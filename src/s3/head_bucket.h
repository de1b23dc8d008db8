#pragma once

#include "s3/client.h"

namespace signpost::s3 {

/// Asks for the bucket, so that the client learns its region and the server's time. A bucket that we may not ask for
/// (403) has told its region all the same and is a success; kNotFound when there is none.
Status HeadBucket(Client& client, const CallContext& context, const Bucket& bucket);

}  // namespace signpost::s3
