#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace signpost::bench {

/// Names of the key shapes. Plain ones are how people name objects; hostile ones are made against a lister that
/// guesses.
inline constexpr std::string_view kPlainShapes[] = {
    "uuid-flat",   // random hex
    "seq-flat",    // a counter of fixed width
    "epoch-flat",  // a time in milliseconds and a random tail
    "date-part",   // yyyy/mm/dd/hh/, growing by the day
    "one-hot",     // two thirds in one folder of 500
    "tiny-dirs",   // one object in each folder
    "mixed-text",  // names of people, some with much
};
inline constexpr std::string_view kHostileShapes[] = {
    "long-prefix",   // 900 bytes alike, the last 12 differ
    "two-clusters",  // a flat folder of hex, then dated folders with gaps
    "leaf-99",       // 99 % in one folder between many small ones
    "last-bytes",    // a counter behind 980 bytes alike
    "user-folders",  // a counter, each with one object
    "word-folders",  // words in folders in words, skewed
};

/// About `count` different keys under "data/", ascending by bytes; the same for the same seed. Empty for an unknown
/// shape.
std::vector<std::string> MakeKeys(std::string_view shape, std::size_t count, std::uint64_t seed);

}  // namespace signpost::bench
