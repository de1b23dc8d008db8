#include "sigv4/sha_instructions.h"

#include <charconv>
#include <cstdint>

#include <openssl/crypto.h>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#else
#include "sigv4/sha_ni.h"
#endif

namespace signpost::sigv4 {
namespace {

constexpr std::string_view kX86 = "OPENSSL_ia32cap=";
constexpr std::string_view kArm = "OPENSSL_armcap=";
/// OPENSSL_ia32cap(3): the second number is what CPUID's leaf 7 has in EBX and ECX.
constexpr std::uint64_t kX86Sha = std::uint64_t{1} << 29;
/// ARMV8_SHA256 of OpenSSL's crypto/arm_arch.h.
constexpr std::uint64_t kArmSha256 = std::uint64_t{1} << 4;

/// The number at the beginning of `text`, "0x1f"; 0 when there is none.
std::uint64_t HexAt(std::string_view text) {
  std::uint64_t value = 0;
  if (text.starts_with("0x")) std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  return value;
}

}  // namespace

bool ProcessorHasShaInstructions() {
#if defined(__aarch64__)
  return (getauxval(AT_HWCAP) & HWCAP_SHA2) != 0;
#else
  return HasShaNi();
#endif
}

bool OpenSslHasShaInstructions() {
  const char* const settings = OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
  return settings != nullptr && TellsShaInstructions(settings);
}

bool TellsShaInstructions(std::string_view settings) {
  if (settings.starts_with(kArm)) return (HexAt(settings.substr(kArm.size())) & kArmSha256) != 0;
  if (!settings.starts_with(kX86)) return false;
  const std::size_t colon = settings.find(':');
  return colon != std::string_view::npos && (HexAt(settings.substr(colon + 1)) & kX86Sha) != 0;
}

}  // namespace signpost::sigv4
