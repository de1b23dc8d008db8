#include "manifest/footer.h"

#include <concepts>

#include <zlib.h>

#include "base/bytes.h"

namespace signpost::manifest {
namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::string_view kMagic = "SIGNPOST";
constexpr std::uint8_t kFlagKeyOrder = 1;
constexpr std::uint8_t kFlagUpperBound = 2;

/// RFC 1952 2.3: ID1 ID2, CM deflate, FLG with FEXTRA, MTIME 0, XFL 0, OS unknown.
constexpr std::string_view kMemberHead("\x1f\x8b\x08\x04\0\0\0\0\0\xff", 10);
/// An empty final block with fixed codes (RFC 1951 3.2.6), CRC-32 and ISIZE of nothing.
constexpr std::string_view kMemberTail("\x03\0\0\0\0\0\0\0\0\0", 10);
constexpr std::string_view kSubfieldId = "SP";
constexpr std::size_t kHeadBytes = 10 + 2 + 4;    // member head, XLEN, subfield id and length
constexpr std::size_t kTrailerBytes = 4 + 4 + 8;  // payload checksum, member length, magic

template <std::unsigned_integral T>
void AppendLittleEndian(T value, std::string* out) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

/// LEB128: seven bits a byte, least significant first, the top bit set on all but the last.
void AppendVarint(std::uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>((value & 0x7f) | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

void AppendText(std::string_view text, std::string* out) {
  AppendLittleEndian(static_cast<std::uint16_t>(text.size()), out);
  out->append(text);
}

std::uint32_t Crc32(std::string_view bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

/// Reads a payload front to back; after the first shortage everything reads as zero and ok() is false.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view payload) : left_(payload) {}

  template <std::unsigned_integral T>
  T Integer() {
    const std::string_view bytes = Bytes(sizeof(T));
    T value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i));
    }
    return value;
  }

  std::uint64_t Varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = Integer<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    ok_ = false;
    return 0;
  }

  std::string_view Bytes(std::size_t size) {
    if (size > left_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }

  std::string Text() { return std::string(Bytes(Integer<std::uint16_t>())); }

  std::size_t left() const { return left_.size(); }
  bool ok() const { return ok_; }

 private:
  std::string_view left_;
  bool ok_ = true;
};

std::string EncodePayload(const Footer& footer, std::uint64_t offset) {
  std::string payload;
  AppendLittleEndian(kVersion, &payload);
  payload.push_back(static_cast<char>(footer.format));
  payload.push_back(static_cast<char>((footer.in_key_order ? kFlagKeyOrder : 0) |
                                      (footer.expires_at_is_upper_bound ? kFlagUpperBound : 0)));
  for (const std::uint64_t value : {footer.rows, footer.error_rows, footer.object_bytes, footer.content_bytes}) {
    AppendLittleEndian(value, &payload);
  }
  AppendLittleEndian(footer.content_crc32, &payload);
  AppendLittleEndian(static_cast<std::uint64_t>(footer.signed_at.time_since_epoch().count()), &payload);
  AppendLittleEndian(static_cast<std::uint64_t>(footer.expires_at.time_since_epoch().count()), &payload);
  AppendLittleEndian(offset, &payload);
  AppendText(footer.bucket, &payload);
  AppendText(footer.prefix, &payload);
  AppendLittleEndian(static_cast<std::uint32_t>(footer.members.size()), &payload);
  Footer::Member before;
  for (const Footer::Member& member : footer.members) {
    AppendVarint(member.offset - before.offset, &payload);
    AppendVarint(member.first_row - before.first_row, &payload);
    before = member;
  }
  return payload;
}

std::unexpected<Error> Damaged(std::string_view why) {
  return Fail(ErrorCode::kDataLoss, "the footer is damaged: " + std::string(why));
}

std::chrono::sys_seconds Time(std::uint64_t seconds) {
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

Result<FoundFooter> DecodePayload(std::string_view payload) {
  PayloadReader reader(payload);
  if (reader.Integer<std::uint16_t>() != kVersion) {
    return Fail(ErrorCode::kDataLoss, "the footer is of a version that this program does not know");
  }
  FoundFooter found;
  Footer& footer = found.footer;
  const auto format = reader.Integer<std::uint8_t>();
  if (format > static_cast<std::uint8_t>(Format::kUrls)) return Damaged("unknown format");
  footer.format = static_cast<Format>(format);
  const auto flags = reader.Integer<std::uint8_t>();
  footer.in_key_order = (flags & kFlagKeyOrder) != 0;
  footer.expires_at_is_upper_bound = (flags & kFlagUpperBound) != 0;
  for (std::uint64_t* field : {&footer.rows, &footer.error_rows, &footer.object_bytes, &footer.content_bytes}) {
    *field = reader.Integer<std::uint64_t>();
  }
  footer.content_crc32 = reader.Integer<std::uint32_t>();
  footer.signed_at = Time(reader.Integer<std::uint64_t>());
  footer.expires_at = Time(reader.Integer<std::uint64_t>());
  found.offset = reader.Integer<std::uint64_t>();
  footer.bucket = reader.Text();
  footer.prefix = reader.Text();
  const auto members = reader.Integer<std::uint32_t>();
  if (members > kMaxMembers) return Damaged("too many members");
  Footer::Member member;
  for (std::uint32_t i = 0; i < members && reader.ok(); ++i) {
    member.offset += reader.Varint();
    member.first_row += reader.Varint();
    footer.members.push_back(member);
  }
  if (!reader.ok() || reader.left() != 0) return Damaged("its length is wrong");
  return found;
}

}  // namespace

std::string EncodeFooterMember(const Footer& footer, std::uint64_t offset) {
  const std::string payload = EncodePayload(footer, offset);
  const std::size_t data = payload.size() + kTrailerBytes;
  std::string member(kMemberHead);
  AppendLittleEndian(static_cast<std::uint16_t>(data + 4), &member);
  member += kSubfieldId;
  AppendLittleEndian(static_cast<std::uint16_t>(data), &member);
  member += payload;
  AppendLittleEndian(Crc32(payload), &member);
  AppendLittleEndian(static_cast<std::uint32_t>(kHeadBytes + data + kMemberTail.size()), &member);
  member += kMagic;
  member += kMemberTail;
  return member;
}

Result<FoundFooter> DecodeFooter(std::string_view tail, std::uint64_t file_size) {
  const std::size_t least = kHeadBytes + kTrailerBytes + kMemberTail.size();
  if (tail.size() < least || !tail.ends_with(kMemberTail) ||
      !tail.substr(0, tail.size() - kMemberTail.size()).ends_with(kMagic)) {
    return Fail(ErrorCode::kNotFound, "the file does not end with a footer: it is cut, or not a manifest");
  }
  PayloadReader trailer(tail.substr(tail.size() - kMemberTail.size() - kTrailerBytes));
  const auto checksum = trailer.Integer<std::uint32_t>();
  const auto size = trailer.Integer<std::uint32_t>();
  if (size < least || size > tail.size()) return Damaged("its length is wrong");
  const std::string_view member = tail.substr(tail.size() - size);
  PayloadReader head(member.substr(kMemberHead.size(), 6));
  const auto extra = head.Integer<std::uint16_t>();
  const bool id_right = head.Bytes(2) == kSubfieldId;
  const auto subfield = head.Integer<std::uint16_t>();
  const std::size_t data = size - kHeadBytes - kMemberTail.size();
  if (!member.starts_with(kMemberHead) || !id_right || extra != data + 4 || subfield != data) {
    return Damaged("its gzip member is malformed");
  }
  const std::string_view payload = member.substr(kHeadBytes, data - kTrailerBytes);
  if (Crc32(payload) != checksum) return Damaged("its checksum does not match");
  auto found = DecodePayload(payload);
  if (found && found->offset + size != file_size) {
    return Fail(ErrorCode::kDataLoss, "the footer belongs to a file of " + std::to_string(found->offset + size) +
                                          " bytes, but this one has " + std::to_string(file_size));
  }
  return found;
}

}  // namespace signpost::manifest
