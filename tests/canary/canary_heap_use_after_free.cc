// Reads memory that was given back: AddressSanitizer must end this program.
#include <memory>

int main() {
  auto owner = std::make_unique<int>(0);
  const volatile int* stale = owner.get();
  owner.reset();
  return *stale;
}
