#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace signpost::aws {

/// The text in the member `name`; empty when `json` is not an object, or the member is missing or not a text.
std::string TextOf(const nlohmann::json& json, const char* name);

}  // namespace signpost::aws
