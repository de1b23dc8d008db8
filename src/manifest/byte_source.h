#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "signpost/error.h"

#include "base/call_context.h"
#include "http/retry.h"
#include "http/transport.h"
#include "s3/client.h"

namespace signpost::manifest {

/// A finished file of known size that can be read in pieces.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  virtual std::uint64_t size() const = 0;

  /// Exactly `length` bytes from `first` on; both lie inside the file. kConflict if the file changed meanwhile.
  virtual Result<std::string> Read(const CallContext& context, std::uint64_t first, std::uint64_t length) = 0;
};

/// A file on disk.
Result<std::unique_ptr<ByteSource>> OpenFile(const std::string& path);

/// An object in S3, pinned by its ETag. Its last bytes come with the opening, as many as a footer may have, so that the
/// footer costs one request in all. `client` must outlive the source.
Result<std::unique_ptr<ByteSource>> OpenS3Object(const CallContext& context, s3::Client* client, const Bucket& bucket,
                                                 const std::string& key);

/// What an http(s) URL serves, by range requests, the last bytes first as above. From a server without ranges up to 16
/// MiB are kept in memory, more is kInvalidArgument. kDataLoss when a server sends other bytes than asked for. The URL
/// may be a presigned one: messages show it without its query. The referenced objects must outlive the source.
Result<std::unique_ptr<ByteSource>> OpenUrl(const CallContext& context, http::Transport* transport,
                                            http::Retrier* retrier, const std::string& url);

}  // namespace signpost::manifest
