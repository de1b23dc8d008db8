#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace signpost::s3 {

/// CRC-64/NVME of `bytes` (NVM Express Command Set specification 5.2.1.3.4; polynomial 0xAD93D23594C93659, reflected,
/// start and final XOR all ones): the checksum that S3 keeps of every object.
std::uint64_t Crc64Nvme(std::string_view bytes);

/// The checksum as S3's headers carry it: base64 of the eight bytes, most significant first.
std::string Crc64NvmeHeader(std::uint64_t crc);

}  // namespace signpost::s3
