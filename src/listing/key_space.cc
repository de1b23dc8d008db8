#include "listing/key_space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace signpost::listing {
namespace {

constexpr int kSettledAfter = 8;              // repeats for each byte seen
constexpr std::size_t kPositionsLearnt = 64;  // behind the common prefix
constexpr int kMostDigits = 32;
constexpr std::size_t kLongestKey = 1024;

constexpr ByteSet kDecimal = ByteSet::Span('0', '9');
constexpr ByteSet kLower = ByteSet::Span('a', 'z');
constexpr ByteSet kUpper = ByteSet::Span('A', 'Z');
constexpr ByteSet kNameBytes = kDecimal | kLower | kUpper;
constexpr ByteSet kMadeUp = ByteSet::Span(' ', '$') | ByteSet::Span('&', '~');  // printable ASCII without '%'

// From narrow to wide: the first that holds all letters and digits seen at a position is its class.
constexpr std::array kClasses = {
    kDecimal, kDecimal | ByteSet::Span('a', 'f'), kDecimal | ByteSet::Span('A', 'F'), kLower, kUpper, kDecimal | kLower,
};

unsigned char ByteAt(std::string_view key, std::size_t at) { return static_cast<unsigned char>(key[at]); }

/// What a position that showed `seen` may show.
ByteSet Closure(const ByteSet& seen) {
  const ByteSet usable = seen & kMadeUp;
  const ByteSet name = usable & kNameBytes;
  if (name.empty()) return usable;
  for (const ByteSet& one : kClasses) {
    if (name.Within(one)) return usable | one;
  }
  return usable | kUpper | kLower | ((name & kDecimal).empty() ? ByteSet() : kDecimal);
}

}  // namespace

std::size_t CommonPrefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

bool IsNameByte(char byte) { return kNameBytes.Has(static_cast<unsigned char>(byte)); }

void KeySpace::Learn(std::string_view key) {
  if (!common_) {
    common_.emplace(key);
    last_ = key;
    return;
  }
  LearnCommon(key);
  const std::size_t base = common_->size();
  const std::size_t known = CommonPrefix(last_, key);  // up to here `key` tells nothing that `last_` has not told
  const std::size_t end = std::min(key.size(), base + kPositionsLearnt);
  if (positions_.size() + base < end) positions_.resize(end - base);
  for (std::size_t at = base; at < end; ++at) {
    Position& position = positions_[at - base];
    if (!position.seen.Has(ByteAt(key, at))) {
      position.seen.Add(ByteAt(key, at));
      position.repeats = 0;
      stale_ = true;
    } else if (at > known && ++position.repeats == kSettledAfter * position.seen.size()) {
      stale_ = true;
    }
  }
  last_ = key;
}

/// Shortens the common prefix to what `key` shares; what is cut off becomes positions that showed one byte.
void KeySpace::LearnCommon(std::string_view key) {
  const std::size_t shared = CommonPrefix(*common_, key);
  const std::size_t cut = common_->size() - shared;
  if (cut == 0) return;
  positions_.insert(positions_.begin(), cut, Position());
  for (std::size_t i = 0; i < std::min(cut, kPositionsLearnt); ++i) {
    positions_[i].seen.Add(ByteAt(*common_, shared + i));
  }
  common_->resize(shared);
  stale_ = true;
}

void KeySpace::Rebuild() {
  stale_ = false;
  std::vector<Digit> digits;
  RebuildDigits(&digits);
  const std::size_t base = common_ ? common_->size() : 0;
  // A counter that grows carries into the digits that all keys share so far.
  lead_ = base;
  Digit carried;
  if (!digits.empty() && !digits.front().fixed) carried.alphabet = digits.front().alphabet & kNameBytes;
  carried.size = carried.alphabet.size();
  carried.radix = carried.size + 1;
  carried.fixed = false;
  if (carried.size > 1) {
    while (lead_ > prefix_size_ && carried.alphabet.Has(ByteAt(*common_, lead_ - 1))) --lead_;
  }
  digits_.assign(base - lead_, carried);
  digits_.insert(digits_.end(), digits.begin(), digits.end());
}

void KeySpace::RebuildDigits(std::vector<Digit>* digits) const {
  std::size_t count = 0;
  while (count < positions_.size() && !positions_[count].seen.empty()) ++count;
  digits->resize(count);
  ByteSet token;  // of the varying position to the right, if it is part of a name token
  for (std::size_t i = count; i-- > 0;) {
    const Position& position = positions_[i];
    Digit& digit = (*digits)[i];
    const bool settled = position.repeats >= kSettledAfter * position.seen.size();
    if (position.seen.size() > 1) {
      digit.alphabet = settled ? position.seen & kMadeUp : Closure(position.seen);
    } else if (!settled && position.seen.Within(token)) {
      digit.alphabet = token;
    }
    digit.fixed = digit.alphabet.empty();
    if (digit.fixed) digit.alphabet = position.seen;
    digit.size = digit.alphabet.size();
    digit.radix = digit.size + (settled && !digit.fixed ? 0 : 1);
    token = digit.fixed ? ByteSet() : digit.alphabet & kNameBytes;
    if (token.size() == 1) token = ByteSet();
  }
}

KeySpace::Window KeySpace::WindowAt(std::size_t depth) const {
  Window window;
  window.first = window.end = std::max(depth, lead_);
  int varying = 0;
  while (window.end < lead_ + digits_.size() && varying < kMostDigits) {
    if (!DigitAt(window.end++).fixed) ++varying;
  }
  return window;
}

/// How `key` stands to the keys learnt before the first digit.
KeySpace::State KeySpace::StateBefore(std::string_view key, std::size_t depth) const {
  if (depth >= lead_) return State::kEqual;
  const int order = key.substr(0, lead_).compare(std::string_view(*common_).substr(0, lead_));
  return order == 0 ? State::kEqual : order < 0 ? State::kBelow : State::kAbove;
}

/// The digits of `key`. One that leaves the alphabets on the way is rounded: to all zeros behind a byte below, to all
/// nines behind a byte above.
void KeySpace::Place(const Bound& key, std::size_t depth, const Window& window, std::vector<int>* digits) const {
  State state = key ? StateBefore(*key, depth) : State::kAbove;
  digits->clear();
  for (std::size_t at = window.first; at < window.end; ++at) {
    const Digit& digit = DigitAt(at);
    if (state == State::kEqual && at >= key->size()) state = State::kBelow;
    int value = state == State::kAbove ? digit.radix - 1 : 0;
    if (state == State::kEqual) {
      const unsigned char byte = ByteAt(*key, at);
      value = digit.alphabet.CountBelow(byte);
      if (!digit.alphabet.Has(byte)) {
        const bool behind = value == digit.size;
        const bool has_digit_behind = !digit.fixed && digit.radix > digit.size;
        state = behind && !has_digit_behind ? State::kAbove : State::kBelow;
        if (behind) value = digit.radix - 1;
      }
    }
    digits->push_back(digit.fixed ? 0 : value);
  }
}

double KeySpace::Distance(std::string_view from, const Bound& to, std::size_t depth) {
  if (stale_) Rebuild();
  const Window window = WindowAt(depth);
  Place(from, depth, window, &from_);
  Place(to, depth, window, &to_);
  double distance = 0;
  for (std::size_t at = window.first; at < window.end; ++at) {
    const Digit& digit = DigitAt(at);
    if (!digit.fixed) distance = distance * digit.radix + (to_[at - window.first] - from_[at - window.first]);
  }
  return distance;
}

/// False when the sum has no place in the window.
bool KeySpace::AddTo(std::vector<int>* digits, const Window& window, double distance) const {
  double weight = 1;
  for (std::size_t at = window.first; at < window.end; ++at) weight *= DigitAt(at).fixed ? 1 : DigitAt(at).radix;
  if (!(distance < weight)) return false;
  for (std::size_t at = window.first; at < window.end; ++at) {
    if (DigitAt(at).fixed) continue;
    weight /= DigitAt(at).radix;
    const double steps = std::min<double>(std::floor(distance / weight), DigitAt(at).radix - 1);
    distance -= steps * weight;
    (*digits)[at - window.first] += static_cast<int>(steps);
  }
  int carry = 0;
  for (std::size_t at = window.end; at-- > window.first;) {
    if (DigitAt(at).fixed) continue;
    int& digit = (*digits)[at - window.first];
    digit += carry;
    carry = digit >= DigitAt(at).radix ? 1 : 0;
    if (carry == 1) digit -= DigitAt(at).radix;
  }
  return carry == 0;
}

std::optional<std::string> KeySpace::Advance(std::string_view from, double distance, std::size_t depth) {
  if (stale_) Rebuild();
  const Window window = WindowAt(depth);
  std::string start(depth < lead_ ? std::string_view(*common_).substr(0, lead_) : from.substr(0, depth));
  if (start.size() < window.first) return std::nullopt;
  Place(from, depth, window, &from_);
  if (!AddTo(&from_, window, distance)) return std::nullopt;
  return KeyOf(std::move(start), from, from_, window);
}

/// The key with these digits, as far as its bytes are `from`'s own or may be made up.
std::optional<std::string> KeySpace::KeyOf(std::string start, std::string_view from, const std::vector<int>& digits,
                                           const Window& window) const {
  std::size_t end = window.end;  // trailing zeros say nothing
  while (end > window.first && (DigitAt(end - 1).fixed || digits[end - 1 - window.first] == 0)) --end;
  bool same = from.starts_with(start);
  for (std::size_t at = window.first; at < end; ++at) {
    const Digit& digit = DigitAt(at);
    const int value = digits[at - window.first];
    if (value == digit.size) {  // behind the alphabet: the next byte that may be made up, and nothing after it
      const int next = kMadeUp.CountBelow(digit.alphabet.At(digit.size - 1) + 1);
      if (next == kMadeUp.size()) return std::nullopt;
      start += static_cast<char>(kMadeUp.At(next));
      break;
    }
    unsigned char byte = digit.alphabet.At(value);
    if (same && digit.fixed && at < from.size()) byte = ByteAt(from, at);
    same = same && at < from.size() && ByteAt(from, at) == byte;
    if (!same && !kMadeUp.Has(byte)) break;
    start += static_cast<char>(byte);
  }
  if (start.size() > kLongestKey) return std::nullopt;
  return start;
}

bool KeySpace::ContinuesToken(std::size_t at, char byte) {
  if (stale_) Rebuild();
  return IsNameByte(byte) && at >= lead_ && at < lead_ + digits_.size() &&
         DigitAt(at).alphabet.Has(static_cast<unsigned char>(byte));
}

}  // namespace signpost::listing
