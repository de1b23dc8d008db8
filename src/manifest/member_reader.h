#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "signpost/error.h"

namespace signpost::manifest {

/// Decompresses concatenated gzip members (RFC 1952 2.2) as their bytes come, in constant memory.
class MemberReader {
 public:
  /// `content` gets the uncompressed bytes in order; `member` is called with each member's offset as it begins.
  MemberReader(std::function<void(std::string_view)> content, std::function<void(std::uint64_t)> member);
  ~MemberReader();

  /// kDataLoss, with the offset of the member, when the bytes are not gzip or a member's own checksum or length is
  /// wrong.
  Status Add(std::string_view compressed);

  /// Whether the bytes so far end with a whole member.
  bool at_member_end() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::manifest
