// Any bytes as a manifest: no crash, a report of few problems, and what is complete has the rows of its footer.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "manifest/content_checker.h"
#include "manifest/verifier.h"

namespace {

namespace manifest = signpost::manifest;

void Require(bool holds) {
  if (!holds) std::abort();
}

class MemorySource final : public manifest::ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::uint64_t size() const override { return bytes_.size(); }
  signpost::Result<std::string> Read(const signpost::CallContext& /*context*/, std::uint64_t first,
                                     std::uint64_t length) override {
    Require(first <= bytes_.size() && length <= bytes_.size() - first);
    return bytes_.substr(first, length);
  }

 private:
  const std::string bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  MemorySource source(bytes);
  const auto report = manifest::Verify(source, {});
  Require(report.has_value());
  Require(report->problems.size() <= manifest::kMostProblems);
  Require(report->complete() || !report->problems.empty());
  if (report->complete()) Require(report->rows_read == report->footer->rows);
  return 0;
}
