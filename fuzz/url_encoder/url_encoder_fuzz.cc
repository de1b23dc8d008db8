// Any bytes as a key: the encoding holds only what a URL may, decodes to the key, and the URL carries it once.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "signpost/presigner.h"

#include "base/bytes.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

const signpost::Presigner& ExamplePresigner() {
  static const signpost::Presigner presigner =
      *signpost::Presigner::Create({.access_key_id = "AKIA",
                                    .secret_access_key = signpost::SecretString("secret"),
                                    .session_token = {},
                                    .expires_at = {}},
                                   {.scheme = "https", .host = "h", .base_path = ""},
                                   {.region = {"r"}, .time = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)});
  return presigner;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string key(reinterpret_cast<const char*>(data), size);
  const std::string encoded = signpost::PercentEncode(key, /*keep_slash=*/true);
  for (const char c : encoded)
    Require(c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '?' && c != '#' && c != '+');
  std::string decoded;
  Require(signpost::AppendPercentDecoded(encoded, /*plus_is_space=*/true, &decoded) && decoded == key);
  std::string any = key;
  const std::size_t left = signpost::PercentDecodeInPlace(any.data(), any.size(), /*plus_is_space=*/true);
  Require(left == std::string::npos || left <= key.size());
  Require(ExamplePresigner().GetUrl(key).starts_with("https://h/" + encoded + "?X-Amz-Algorithm="));
  return 0;
}
