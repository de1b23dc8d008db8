#include "aws/json_text.h"

#include <nlohmann/json.hpp>

namespace signpost::aws {

std::string TextOf(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace signpost::aws
