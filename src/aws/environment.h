#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace signpost::aws {

/// The process environment as a value: `apps` reads the real one, tests write their own. Files it names are read when
/// they are needed.
struct Environment {
  std::map<std::string, std::string, std::less<>> variables;

  /// The value of `name`; an empty value counts as unset, as in the AWS CLI.
  std::optional<std::string> Get(std::string_view name) const;
};

/// Compares ASCII letters without case: words such as "true" and "IPv6" mean the same in any case, as in the AWS CLI.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace signpost::aws
