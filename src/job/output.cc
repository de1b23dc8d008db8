#include "job/output.h"

#include <fmt/format.h>

#include "manifest/file_sink.h"

namespace signpost::job {
namespace {

constexpr std::size_t kLookaheadForTwoParts = 32 << 20;

std::string RandomName(Random* random) {
  const std::uint64_t high = random->Next();
  return fmt::format("{:016x}{:016x}", high, random->Next());
}

Output OpenS3(const S3Target& target, const JobRequest& request, const Services& services) {
  const auto compression = request.ResolvedCompression();
  const Paused* earlier = services.earlier;
  S3Target complete = earlier != nullptr ? S3Target{earlier->upload.bucket, earlier->upload.key} : target;
  if (complete.IsPrefix()) {
    complete.key += RandomName(services.random) + manifest::FileSuffix(request.format, compression);
  }
  s3::ObjectAttributes attributes{.content_type = std::string(manifest::ContentType(request.format, compression)),
                                  .cache_control = "no-store"};
  Output output;
  // Who allows little memory for pages that wait gets by with one part less.
  const int parts_in_flight = request.lookahead_bytes < kLookaheadForTwoParts ? 1 : 2;
  auto sink = std::make_unique<manifest::S3Sink>(
      services.client, complete.bucket, complete.key, std::move(attributes),
      earlier != nullptr ? earlier->upload.attempt_id : RandomName(services.random), parts_in_flight);
  if (services.keep) sink->HoldBack();
  if (earlier != nullptr) {
    sink->Continue(
        {.upload = earlier->upload, .parts = earlier->checkpoint.parts, .next_number = earlier->checkpoint.next_part});
  }
  output.s3_sink = sink.get();
  output.sink = std::move(sink);
  output.s3 = std::move(complete);
  return output;
}

Result<Output> OpenFile(const FileTarget& target, const Services& services) {
  auto sink = manifest::FileSink::Create(target.path, services.random);
  if (!sink) return Forward(sink);
  Output output;
  output.sink = std::move(*sink);
  output.path = target.path;
  return output;
}

}  // namespace

Result<Output> OpenOutput(const JobRequest& request, const Services& services) {
  if (const auto* s3 = std::get_if<S3Target>(&request.output)) return OpenS3(*s3, request, services);
  if (const auto* file = std::get_if<FileTarget>(&request.output)) return OpenFile(*file, services);
  Output output;
  output.sink = std::make_unique<manifest::DescriptorSink>(services.standard_output);
  return output;
}

}  // namespace signpost::job
