#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace signpost {

/// A string that must not be seen: it has no `operator<<`, formats as `***`, and its bytes are overwritten when it
/// goes.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string value) : value_(std::move(value)) {}
  SecretString(const SecretString&) = default;
  SecretString(SecretString&& other) noexcept;
  SecretString& operator=(const SecretString& other);
  SecretString& operator=(SecretString&& other) noexcept;
  ~SecretString();

  /// The value itself; the view lives as long as this object is unchanged.
  std::string_view Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const SecretString&) const = default;

 private:
  void Wipe();

  std::string value_;
};

}  // namespace signpost
