// Any bytes as a profile file: no crash, a refusal is one line that names file and line, the same text twice changes
// nothing, and every text that is a command line for credential_process splits or is refused.

#include <cstdint>
#include <cstdlib>

#include "aws/process_provider.h"
#include "aws/profile_files.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const bool credentials : {true, false}) {
    signpost::aws::ProfileFiles files;
    const auto parsed = files.Parse(text, credentials, "FILE");
    if (!parsed) {
      Require(parsed.error().code == signpost::ErrorCode::kInvalidArgument);
      Require(parsed.error().message.starts_with("FILE, line "));
      Require(parsed.error().message.find('\n') == std::string::npos);
      continue;
    }
    const auto* profile = files.Profile("default");
    const auto before = profile == nullptr ? signpost::aws::Section{} : *profile;
    Require(files.Parse(text, credentials, "FILE").has_value());
    profile = files.Profile("default");
    Require(before == (profile == nullptr ? signpost::aws::Section{} : *profile));
  }
  if (const auto words = signpost::aws::SplitCommandLine(text)) {
    std::size_t bytes = 0;
    for (const std::string& word : *words) bytes += word.size();
    Require(!words->empty() && bytes <= text.size());
  }
  return 0;
}
