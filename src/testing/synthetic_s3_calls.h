#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "testing/key_shape.h"
#include "testing/synthetic_s3.h"
#include "testing/synthetic_s3_store.h"
#include "testing/synthetic_s3_wire.h"

namespace signpost::testing {

/// An answer but for its body, whose memory the connection keeps.
struct SyntheticAnswer {
  int status = 200;
  SyntheticStore::Headers headers;
  std::uint64_t head_length = 0;  ///< The Content-Length of an answer to HEAD.
};

SyntheticCall CallOf(const SyntheticHead& head);

/// Does what is asked. `*in` is the request's body (taken), `*out` becomes the answer's.
SyntheticAnswer PerformCall(const KeyShape& shape, std::uint64_t page_size, SyntheticStore* store, SyntheticCall call,
                            const SyntheticHead& head, std::string* in, std::string* out);

/// The `<Error>` answer with this code.
SyntheticAnswer RefuseCall(int status, std::string_view code, std::string* out);

}  // namespace signpost::testing
