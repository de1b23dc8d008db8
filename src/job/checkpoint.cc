#include "job/checkpoint.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/time_format.h"
#include "job/json_members.h"

namespace signpost::job {
namespace {

using nlohmann::json;

constexpr std::uint64_t kVersion = 1;

/// [number, size, "ETag", CRC-64/NVME] each.
json PartsOf(const Checkpoint& checkpoint) {
  json parts = json::array();
  for (const s3::UploadedPart& part : checkpoint.parts) {
    json entry = json::array({part.number, part.size, part.etag});
    if (part.crc64nvme) entry.push_back(*part.crc64nvme);
    parts.push_back(std::move(entry));
  }
  return parts;
}

/// Offset and first row of each member, as differences from the one before, one after the other.
json MembersOf(const manifest::ContentTotals& content) {
  json numbers = json::array();
  manifest::Footer::Member before;
  for (const manifest::Footer::Member& member : content.members) {
    numbers.push_back(member.offset - before.offset);
    numbers.push_back(member.first_row - before.first_row);
    before = member;
  }
  return numbers;
}

std::optional<s3::UploadedPart> ParsePart(const json& entry) {
  const bool well_formed = entry.is_array() && (entry.size() == 3 || entry.size() == 4) &&
                           entry[0].is_number_unsigned() && entry[1].is_number_unsigned() && entry[2].is_string() &&
                           (entry.size() == 3 || entry[3].is_number_unsigned());
  if (!well_formed || entry[0].get<std::uint64_t>() > s3::kMaxParts) return std::nullopt;
  s3::UploadedPart part{.number = entry[0].get<int>(),
                        .etag = entry[2].get<std::string>(),
                        .size = entry[1].get<std::uint64_t>(),
                        .crc64nvme = std::nullopt};
  if (entry.size() == 4) part.crc64nvme = entry[3].get<std::uint64_t>();
  return part;
}

bool ReadParts(const json& list, std::uint64_t manifest_bytes, Checkpoint* checkpoint) {
  int last = 0;
  std::uint64_t bytes = 0;
  for (const json& entry : list) {
    auto part = ParsePart(entry);
    if (!part || part->number <= last || part->etag.empty() || part->size < s3::kMinPartBytes) return false;
    last = part->number;
    bytes += part->size;
    checkpoint->parts.push_back(std::move(*part));
  }
  return bytes == manifest_bytes && last > 0 && last < checkpoint->next_part;
}

bool ReadMembers(const json& numbers, manifest::ContentTotals* content) {
  if (numbers.size() % 2 != 0 || numbers.size() / 2 > manifest::kMaxMembers) return false;
  manifest::Footer::Member last;
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    if (!numbers[i].is_number_unsigned() || !numbers[i + 1].is_number_unsigned()) return false;
    last.offset += numbers[i].get<std::uint64_t>();
    last.first_row += numbers[i + 1].get<std::uint64_t>();
    content->members.push_back(last);
  }
  return content->member_stride > 0;
}

}  // namespace

json ToJson(const Checkpoint& checkpoint) {
  const manifest::ContentTotals& content = checkpoint.content;
  return {{"version", kVersion},
          {"front", PercentEncode(checkpoint.front, /*keep_slash=*/true)},
          {"signed_at", FormatRfc3339(checkpoint.signed_at)},
          {"signer", checkpoint.signer},
          {"content_bytes", content.bytes},
          {"content_crc32", content.crc32},
          {"members", MembersOf(content)},
          {"members_seen", content.members_seen},
          {"member_stride", content.member_stride},
          {"parts", PartsOf(checkpoint)},
          {"next_part", checkpoint.next_part}};
}

std::optional<Checkpoint> ParseCheckpoint(const json& object, std::uint64_t manifest_bytes) {
  JsonMembers members(object);
  if (members.Number("version") != kVersion) return std::nullopt;
  Checkpoint checkpoint{.front = members.Bytes("front"),
                        .signed_at = members.Take(ParseRfc3339(members.Text("signed_at"))),
                        .signer = members.Text("signer"),
                        .content = {.bytes = members.Number("content_bytes"),
                                    .crc32 = static_cast<std::uint32_t>(members.Number("content_crc32")),
                                    .members = {},
                                    .members_seen = members.Number("members_seen"),
                                    .member_stride = members.Number("member_stride")},
                        .parts = {}};
  const std::uint64_t next_part = members.Number("next_part");
  const json* parts = members.List("parts");
  const json* index = members.List("members");
  if (!members.good() || checkpoint.front.empty() || next_part > s3::kMaxParts + 1) return std::nullopt;
  checkpoint.next_part = static_cast<int>(next_part);
  if (!ReadParts(*parts, manifest_bytes, &checkpoint) || !ReadMembers(*index, &checkpoint.content)) {
    return std::nullopt;
  }
  return checkpoint;
}

}  // namespace signpost::job
