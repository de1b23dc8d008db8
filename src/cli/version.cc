#include "cli/version.h"

namespace signpost::cli {

std::string_view Version() { return SIGNPOST_VERSION; }

}  // namespace signpost::cli
