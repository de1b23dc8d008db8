#include "simulated_keys.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <fmt/format.h>

namespace signpost::bench {
namespace {

constexpr char kPrefix[] = "data/";

/// The same numbers on every machine: the standard's distributions may differ.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : bits_(seed) {}

  double Fraction() { return static_cast<double>(bits_() >> 11) * 0x1p-53; }
  int Between(int first, int last) { return first + static_cast<int>(Fraction() * (last - first + 1)); }
  std::string Hex(int digits) {
    std::string text;
    for (int i = 0; i < digits; ++i) text += "0123456789abcdef"[bits_() >> 60];
    return text;
  }

 private:
  std::mt19937_64 bits_;
};

using Keys = std::vector<std::string>;

void UuidFlat(std::size_t count, Dice& dice, Keys* keys) {
  for (std::size_t i = 0; i < count; ++i) keys->push_back(kPrefix + dice.Hex(32));
}

void SeqFlat(std::size_t count, Dice& /*dice*/, Keys* keys) {
  for (std::size_t i = 0; i < count; ++i) keys->push_back(fmt::format("{}part-{:012}.parquet", kPrefix, i * 3));
}

void EpochFlat(std::size_t count, Dice& dice, Keys* keys) {
  std::int64_t time = 1'700'000'000'000;
  for (std::size_t i = 0; i < count; ++i) {
    time += dice.Between(1, 20);
    keys->push_back(fmt::format("{}{}-{}.json", kPrefix, time, dice.Hex(6)));
  }
}

void DatePart(std::size_t count, Dice& dice, Keys* keys) {
  constexpr int kDays = 730;
  constexpr double kGrowth = 1.006;
  const double all = (std::pow(kGrowth, kDays) - 1) / (kGrowth - 1);
  for (int day = 0; day < kDays; ++day) {
    const auto here = static_cast<int>(static_cast<double>(count) * std::pow(kGrowth, day) / all);
    for (int i = 0; i < here; ++i) {
      keys->push_back(fmt::format("{}{:04}/{:02}/{:02}/{:02}/{}", kPrefix, 2024 + day / 365, day % 365 / 31 + 1,
                                  day % 365 % 31 + 1, dice.Between(0, 23), dice.Hex(16)));
    }
  }
}

void OneHot(std::size_t count, Dice& dice, Keys* keys) {
  const std::size_t hot = count * 68 / 100;
  for (std::size_t i = 0; i < hot; ++i) keys->push_back(fmt::format("{}run-0317/stage/hot/f-{:09}.nc", kPrefix, i));
  for (std::size_t i = hot; i < count; ++i) {
    keys->push_back(fmt::format("{}run-{:04}/stage/x/f-{:06}.nc", kPrefix, dice.Between(0, 499), i - hot));
  }
}

void TinyDirs(std::size_t count, Dice& dice, Keys* keys) {
  for (std::size_t i = 0; i < count; ++i) keys->push_back(kPrefix + dice.Hex(20) + "/obj.bin");
}

void MixedText(std::size_t count, Dice& dice, Keys* keys) {
  constexpr int kNames = 3000;
  std::vector<std::string> names(kNames);
  std::vector<double> reach(kNames);
  double all = 0;
  for (int i = 0; i < kNames; ++i) {
    const int length = dice.Between(3, 12);
    for (int at = 0; at < length; ++at) names[i] += static_cast<char>(dice.Between('a', 'z'));
    reach[i] = all += 1.0 / (i + 1);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto name = std::ranges::upper_bound(reach, dice.Fraction() * all) - reach.begin();
    keys->push_back(kPrefix + names[std::min<std::ptrdiff_t>(name, kNames - 1)] + "/" + dice.Hex(12) + ".jpg");
  }
}

void LongPrefix(std::size_t count, Dice& dice, Keys* keys) {
  std::string folder = kPrefix;
  for (int i = 0; folder.size() < 900; ++i) folder += fmt::format("folder-{:03}/", i);
  folder.resize(900);
  for (std::size_t i = 0; i < count; ++i) keys->push_back(folder + dice.Hex(12));
}

void TwoClusters(std::size_t count, Dice& dice, Keys* keys) {
  const std::size_t half = count / 2;
  for (std::size_t i = 0; i < half; ++i) keys->push_back(kPrefix + ("a/" + dice.Hex(32)));
  for (std::size_t i = 0; i < count - half; ++i) {
    const std::size_t day = i * 730 / (count - half) % 365;
    keys->push_back(fmt::format("{}zz/2024/{:02}/{:02}/{:08}", kPrefix, day / 31 + 1, day % 31 + 1, i));
  }
}

void Leaf99(std::size_t count, Dice& /*dice*/, Keys* keys) {
  const std::size_t leaf = count * 99 / 100;
  for (std::size_t i = 0; i < leaf; ++i) keys->push_back(fmt::format("{}m/data/leaf/obj-{:08}", kPrefix, i));
  const std::size_t rest = count - leaf;
  const std::size_t per_folder = std::max<std::size_t>(1, rest / 10'000);
  for (std::size_t i = 0; i < rest; ++i) {
    const char side = i < rest / 2 ? 'c' : 't';
    keys->push_back(fmt::format("{}{}{:05}/x/{:02}", kPrefix, side, i / per_folder, i % per_folder));
  }
}

void LastBytes(std::size_t count, Dice& /*dice*/, Keys* keys) {
  const std::string folder = kPrefix + std::string(980, 'x');
  for (std::size_t i = 0; i < count; ++i) keys->push_back(fmt::format("{}{:012}", folder, i));
}

void UserFolders(std::size_t count, Dice& /*dice*/, Keys* keys) {
  for (std::size_t i = 0; i < count; ++i) keys->push_back(fmt::format("{}user-{:09}/profile.json", kPrefix, i * 7));
}

void WordFolders(std::size_t count, Dice& dice, Keys* keys) {
  constexpr const char* kWords[] = {"alpha", "beta", "Gamma", "delta", "report", "invoice", "IMG", "backup",
                                    "2023",  "2024", "final", "draft", "v1",     "v2",      "tmp"};
  for (std::size_t i = 0; i < count; ++i) {
    std::string key = kPrefix;
    const int depth = dice.Between(1, 4);
    for (int at = 0; at < depth; ++at) {
      key += kWords[static_cast<int>(15 * dice.Fraction() * dice.Fraction())];
      key += at + 1 < depth ? '/' : '-';
    }
    keys->push_back(key + fmt::format("{}.{}", dice.Between(0, static_cast<int>(count)), i % 2 == 0 ? "pdf" : "txt"));
  }
}

struct Shape {
  std::string_view name;
  void (*make)(std::size_t count, Dice& dice, Keys* keys);
};
constexpr Shape kShapes[] = {
    {"uuid-flat", UuidFlat},       {"seq-flat", SeqFlat},   {"epoch-flat", EpochFlat}, {"date-part", DatePart},
    {"one-hot", OneHot},           {"tiny-dirs", TinyDirs}, {"mixed-text", MixedText}, {"long-prefix", LongPrefix},
    {"two-clusters", TwoClusters}, {"leaf-99", Leaf99},     {"last-bytes", LastBytes}, {"user-folders", UserFolders},
    {"word-folders", WordFolders},
};

}  // namespace

std::vector<std::string> MakeKeys(std::string_view shape, std::size_t count, std::uint64_t seed) {
  const auto* const one = std::ranges::find(kShapes, shape, &Shape::name);
  Keys keys;
  if (one == std::end(kShapes)) return keys;
  Dice dice(seed);
  keys.reserve(count);
  one->make(count, dice, &keys);
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace signpost::bench
