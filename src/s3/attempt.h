#pragma once

#include <string>

#include "s3/client.h"

namespace signpost::s3 {

/// Metadata name under which a write keeps its random attempt id, so that it can recognise its own object later.
inline constexpr char kAttemptMetadata[] = "signpost-attempt";

/// Whether the key now holds the object of this attempt: asked after an answer was lost. Returns its ETag, or kConflict
/// when the key is somebody else's, kNotFound when there is none.
Result<std::string> FindAttempt(Client& client, const CallContext& context, const Bucket& bucket,
                                const std::string& key, const std::string& attempt_id);

}  // namespace signpost::s3
