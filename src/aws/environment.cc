#include "aws/environment.h"

namespace signpost::aws {

std::optional<std::string> Environment::Get(std::string_view name) const {
  const auto found = variables.find(name);
  if (found == variables.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

}  // namespace signpost::aws
