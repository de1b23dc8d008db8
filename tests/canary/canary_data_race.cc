// Two threads write one int without agreeing on an order: ThreadSanitizer must report it.
#include <thread>

namespace {
int shared = 0;
}

int main() {
  std::thread other([] { ++shared; });
  ++shared;
  other.join();
  return shared == 0;
}
