#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "signpost/error.h"

namespace signpost {

/// Collects what is wrong with the arguments of a request, to tell all at once.
class Problems {
 public:
  /// The value of `result`, or a default-made one after noting "NAME: message".
  template <typename T>
  T Take(std::string_view name, Result<T> result) {
    if (result) return std::move(*result);
    Add(name, result.error().message);
    return T{};
  }

  /// The same for a type that cannot be made by default.
  template <typename T>
  std::optional<T> TakeOptional(std::string_view name, Result<T> result) {
    if (result) return std::move(*result);
    Add(name, result.error().message);
    return std::nullopt;
  }

  void Add(std::string_view name, std::string_view message) {
    if (!text_.empty()) text_ += "; ";
    text_.append(name).append(": ").append(message);
  }

  bool empty() const { return text_.empty(); }
  /// One line.
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace signpost
