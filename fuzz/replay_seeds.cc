// Gives every file of a folder to a fuzz target, once: what was found stays found, in every build.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) seeds.push_back(entry.path());
  std::ranges::sort(seeds);
  for (const std::filesystem::path& seed : seeds) {
    std::fprintf(stderr, "%s\n", seed.c_str());  // The last name is the culprit's when the target aborts.
    std::ifstream file(seed, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    // A copy of exactly that size, so that a sanitizer sees one byte too far.
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    if (!file.is_open() || LLVMFuzzerTestOneInput(input.data(), input.size()) != 0) return 1;
  }
  std::printf("%zu inputs\n", seeds.size());
  return seeds.empty() ? 1 : 0;
}
