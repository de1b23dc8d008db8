#include "signpost/secret.h"

#include <cstring>

namespace signpost {

SecretString::SecretString(SecretString&& other) noexcept : value_(std::move(other.value_)) {
  // A short string is copied by the move and stays behind in the moved-from object's own buffer.
  other.value_.resize(other.value_.capacity());
  other.Wipe();
}

SecretString& SecretString::operator=(const SecretString& other) {
  if (this != &other) {
    Wipe();
    value_ = other.value_;
  }
  return *this;
}

SecretString& SecretString::operator=(SecretString&& other) noexcept {
  if (this != &other) {
    value_.swap(other.value_);
    other.Wipe();
  }
  return *this;
}

SecretString::~SecretString() { Wipe(); }

void SecretString::Wipe() {
  // explicit_bzero is not removed by the optimiser (string(3)).
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace signpost
