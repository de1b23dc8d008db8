#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "signpost/error.h"

#include "base/bytes.h"

namespace signpost::job {

/// Reads members of one JSON object; after the first that is missing or of another type all is void.
class JsonMembers {
 public:
  /// `object` must outlive this one.
  explicit JsonMembers(const nlohmann::json& object) : object_(object), good_(object.is_object()) {}

  std::string Text(const char* name) {
    const nlohmann::json* value = Find(name);
    if (value != nullptr && value->is_string()) return value->get<std::string>();
    good_ = false;
    return {};
  }
  std::uint64_t Number(const char* name) {
    const nlohmann::json* value = Find(name);
    if (value != nullptr && value->is_number_unsigned()) return value->get<std::uint64_t>();
    good_ = false;
    return 0;
  }
  bool Flag(const char* name) {
    const nlohmann::json* value = Find(name);
    if (value != nullptr && value->is_boolean()) return value->get<bool>();
    good_ = false;
    return false;
  }
  /// Percent-encoded bytes.
  std::string Bytes(const char* name) {
    std::string bytes;
    good_ = AppendPercentDecoded(Text(name), /*plus_is_space=*/false, &bytes) && good_;
    return bytes;
  }
  /// Null when it is void.
  const nlohmann::json* List(const char* name) {
    const nlohmann::json* value = Find(name);
    if (value != nullptr && value->is_array()) return value;
    good_ = false;
    return nullptr;
  }
  template <typename T>
  T Take(Result<T> parsed) {
    if (parsed) return std::move(*parsed);
    good_ = false;
    return T{};
  }
  bool good() const { return good_; }

 private:
  const nlohmann::json* Find(const char* name) const {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  const nlohmann::json& object_;
  bool good_;
};

}  // namespace signpost::job
