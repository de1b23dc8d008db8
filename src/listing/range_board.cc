#include "listing/range_board.h"

#include <utility>

namespace signpost::listing {

std::optional<RangeBoard::Turn> RangeBoard::Take() {
  if (with_worker_ || ended_) return std::nullopt;
  const bool room = waiting_bytes_ < lookahead_bytes_;
  const bool at_rest = filled_ == handed_back_ && released_ == handed_back_;
  if (!room && !at_rest) return std::nullopt;
  if (handed_back_ - filled_ >= pages_in_work_) return std::nullopt;
  with_worker_ = true;
  return Turn{.continuation_token = next_token_};
}

std::uint64_t RangeBoard::HandBack(std::string next_continuation_token) {
  with_worker_ = false;
  ended_ = next_continuation_token.empty();
  next_token_ = std::move(next_continuation_token);
  return handed_back_++;
}

void RangeBoard::Fill(std::uint64_t place, Parcel parcel) {
  waiting_bytes_ += parcel.bytes;
  ++filled_;
  waiting_.emplace(place, std::move(parcel));
}

std::optional<Parcel> RangeBoard::TakeReady() {
  if (releasing_ || waiting_.empty() || waiting_.begin()->first != released_) return std::nullopt;
  Parcel parcel = std::move(waiting_.begin()->second);
  waiting_.erase(waiting_.begin());
  waiting_bytes_ -= parcel.bytes;
  releasing_ = true;
  return parcel;
}

void RangeBoard::Released() {
  releasing_ = false;
  ++released_;
}

}  // namespace signpost::listing
