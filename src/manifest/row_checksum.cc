#include "manifest/row_checksum.h"

#include <isa-l/crc.h>
#include <zlib.h>

namespace signpost::manifest {
namespace {

std::uint32_t Crc32(std::uint32_t crc, std::string_view text) {
  return crc32_gzip_refl(crc, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

Crc32Shift::Crc32Shift(std::size_t bytes) : bytes_(bytes) {
  const auto shift = crc32_combine_gen(static_cast<z_off_t>(bytes));
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    auto& table = tables_[i];
    table[0] = 0;
    for (std::size_t bit = 1; bit < table.size(); bit *= 2) {
      const auto of_bit = static_cast<std::uint32_t>(crc32_combine_op(bit << 8 * i, 0, shift));
      for (std::size_t lower = 0; lower < bit; ++lower) table[bit + lower] = of_bit ^ table[lower];
    }
  }
}

void RowChecksum::Start() {
  places_.clear();
  crc_ = 0;
}

void RowChecksum::AddCommon(std::size_t begin, std::size_t size, bool as_before) {
  places_.push_back({.begin = begin, .size = size, .as_before = as_before});
}

void RowChecksum::Read(std::string_view text, std::size_t begin) {
  for (const Common& common : places_) {
    crc_ = Crc32(crc_, text.substr(begin, common.begin - begin));
    ReadCommon(text.substr(common.begin, common.size), common.as_before);
    begin = common.begin + common.size;
  }
  crc_ = Crc32(crc_, text.substr(begin));
  places_.clear();
}

void RowChecksum::ReadCommon(std::string_view text, bool as_before) {
  if (!as_before) {
    common_crc_ = Crc32(0, text);
    if (shift_.bytes() != text.size()) shift_ = Crc32Shift(text.size());
  }
  crc_ = shift_.Apply(crc_) ^ common_crc_;
}

}  // namespace signpost::manifest
