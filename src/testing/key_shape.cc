#include "testing/key_shape.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <chrono>
#include <utility>

namespace signpost::testing {
namespace {

/// The first index in [0, size) for which `before` is false; `before` must be true, then false.
template <typename Before>
std::uint64_t PartitionPoint(std::uint64_t size, Before&& before) {
  std::uint64_t low = 0;
  std::uint64_t high = size;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (before(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void AppendDecimal(std::uint64_t value, int width, std::string* out) {
  char digits[20];
  for (int i = width; i-- > 0; value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out->append(digits, static_cast<std::size_t>(width));
}

void AppendHex(std::uint64_t value, int width, std::string* out) {
  char digits[16];
  for (int i = width; i-- > 0; value >>= 4) digits[i] = "0123456789abcdef"[value & 15];
  out->append(digits, static_cast<std::size_t>(width));
}

class SequenceShape final : public KeyShape {
 public:
  using KeyShape::KeyShape;

  void KeyAt(std::uint64_t index, std::string* key) const override {
    key->assign("data/");
    AppendDecimal(index, 12, key);
    key->append(".bin");
  }
};

/// The first 48 bits place the key: index i owns the i-th of size() equal slots and lies at a random point of it.
class UuidShape final : public KeyShape {
 public:
  explicit UuidShape(std::uint64_t size) : KeyShape(size), slot_((1ULL << 48) / std::max<std::uint64_t>(size, 1)) {}

  void KeyAt(std::uint64_t index, std::string* key) const override {
    const std::uint64_t random = MixBits(index);
    const std::uint64_t more = MixBits(random);
    const std::uint64_t place = index * slot_ + random % slot_;
    key->clear();
    AppendHex(place >> 16, 8, key);
    key->push_back('-');
    AppendHex(place & 0xffff, 4, key);
    key->append("-4");
    AppendHex(more, 3, key);
    key->push_back('-');
    AppendHex(0x8000 | (more >> 12 & 0x3fff), 4, key);
    key->push_back('-');
    AppendHex(more >> 16, 12, key);
  }

 private:
  const std::uint64_t slot_;
};

class DatesShape final : public KeyShape {
 public:
  explicit DatesShape(std::uint64_t size) : KeyShape(size), per_day_(size / kDays + 1) {}

  void KeyAt(std::uint64_t index, std::string* key) const override {
    using std::chrono::days;
    const std::chrono::sys_days first = std::chrono::year(2016) / 1 / 1;
    const std::chrono::year_month_day date(first + days(static_cast<days::rep>(index / per_day_)));
    key->clear();
    AppendDecimal(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4, key);
    key->push_back('/');
    AppendDecimal(static_cast<unsigned>(date.month()), 2, key);
    key->push_back('/');
    AppendDecimal(static_cast<unsigned>(date.day()), 2, key);
    key->append("/event-");
    AppendDecimal(index % per_day_, 8, key);
    key->append(".json");
  }

 private:
  static constexpr std::uint64_t kDays = 3650;
  const std::uint64_t per_day_;
};

class SkewedShape final : public KeyShape {
 public:
  explicit SkewedShape(std::uint64_t size) : KeyShape(size), side_(size / 200) {}

  void KeyAt(std::uint64_t index, std::string* key) const override {
    if (index < side_) {
      AppendFolder("archive/", index, key);
    } else if (index < size() - side_) {
      key->assign("incoming/");
      AppendDecimal(index - side_, 12, key);
      key->append(".json");
    } else {
      AppendFolder("users/", index - (size() - side_), key);
    }
  }

 private:
  static void AppendFolder(std::string_view folder, std::uint64_t index, std::string* key) {
    key->assign(folder);
    AppendDecimal(index / 8, 10, key);
    key->append("/file-");
    AppendDecimal(index % 8, 1, key);
  }

  const std::uint64_t side_;
};

/// A number in base 16 whose digits are awkward strings: in byte order, and none the start of another.
class HostileShape final : public KeyShape {
 public:
  explicit HostileShape(std::uint64_t size)
      : KeyShape(size), digits_(size < 2 ? 1 : (std::bit_width(size - 1) + 3) / 4) {}

  void KeyAt(std::uint64_t index, std::string* key) const override {
    key->assign("odd/");
    for (int i = digits_; i-- > 0;) key->append(kDigits[index >> (4 * i) & 15]);
  }

 private:
  static constexpr std::array<std::string_view, 16> kDigits = {
      "\x01\x1f", "\t\r\n", " ",  "\"'",  "%41",      "%zz",        "&lt;<>",       "+",
      "../",      ".//",    "=;", "\\u0", "e\u0301!", "\x7f\u0080", "\u65e5\u672c", "\U0001f600"};

  const int digits_;
};

class ListedShape final : public KeyShape {
 public:
  explicit ListedShape(std::vector<std::string> keys) : KeyShape(keys.size()), keys_(std::move(keys)) {
    assert(std::ranges::is_sorted(keys_, std::ranges::less_equal()));
  }

  void KeyAt(std::uint64_t index, std::string* key) const override { *key = keys_[index]; }

 private:
  const std::vector<std::string> keys_;
};

}  // namespace

std::uint64_t KeyShape::UpperBound(std::string_view key) const {
  std::string at;
  return PartitionPoint(size_, [&](std::uint64_t index) {
    KeyAt(index, &at);
    return at <= key;
  });
}

KeyShape::Range KeyShape::WithPrefix(std::string_view prefix) const {
  std::string at;
  const std::uint64_t first = PartitionPoint(size_, [&](std::uint64_t index) {
    KeyAt(index, &at);
    return at < prefix;
  });
  const std::uint64_t last = PartitionPoint(size_, [&](std::uint64_t index) {
    KeyAt(index, &at);
    return std::string_view(at).substr(0, prefix.size()) <= prefix;
  });
  return {first, last};
}

Result<std::unique_ptr<KeyShape>> MakeKeyShape(std::string_view name, std::uint64_t size) {
  if (size > kMaxShapeSize) return Fail(ErrorCode::kInvalidArgument, "a key shape has at most 100000000000 keys");
  if (name == "sequence") return std::make_unique<SequenceShape>(size);
  if (name == "uuid") return std::make_unique<UuidShape>(size);
  if (name == "dates") return std::make_unique<DatesShape>(size);
  if (name == "skewed") return std::make_unique<SkewedShape>(size);
  if (name == "hostile") return std::make_unique<HostileShape>(size);
  return Fail(ErrorCode::kInvalidArgument,
              "no key shape '" + std::string(name) + "': sequence, uuid, dates, skewed or hostile");
}

std::unique_ptr<KeyShape> KeysAsListed(std::vector<std::string> keys) {
  return std::make_unique<ListedShape>(std::move(keys));
}

std::vector<std::string> Materialise(const KeyShape& shape) {
  std::vector<std::string> keys(shape.size());
  for (std::uint64_t i = 0; i < shape.size(); ++i) shape.KeyAt(i, &keys[i]);
  return keys;
}

std::uint64_t MixBits(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace signpost::testing
