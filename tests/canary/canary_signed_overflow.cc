// Adds past the largest int: UndefinedBehaviorSanitizer must end this program.
#include <limits>

int main(int argc, char**) {
  const volatile int largest = std::numeric_limits<int>::max();
  const int sum = largest + argc;
  return sum == 0;
}
