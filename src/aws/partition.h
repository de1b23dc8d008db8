#pragma once

#include <string_view>

#include "signpost/signing_scope.h"

namespace signpost::aws {

/// The DNS suffix of the partition that `region` belongs to: "amazonaws.com", "amazonaws.com.cn", ... (the regions'
/// common beginnings as in the SDKs' partitions.json). Unknown regions count as the standard partition's.
std::string_view DnsSuffixOf(const Region& region);

}  // namespace signpost::aws
