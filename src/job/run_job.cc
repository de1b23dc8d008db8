#include "job/run_job.h"

#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/time_format.h"
#include "job/output.h"
#include "job/url_signer.h"
#include "listing/lister.h"
#include "manifest/writer.h"

namespace signpost::job {
namespace {

constexpr std::size_t kMostErrors = 100;

/// One run, from the first page to the published manifest.
class Run {
 public:
  Run(const JobRequest& request, const Services& services, const CallContext& context, UrlSigner signer, Output output)
      : request_(request),
        services_(services),
        context_(context),
        filter_(request),
        signer_(std::move(signer)),
        output_(std::move(output)),
        started_(services.clock->Now()) {}

  Result<JobResult> Execute() {
    if (services_.before_publish && output_.s3_sink != nullptr) {
      output_.s3_sink->AskBeforeCompleting([this](const s3::MultipartUpload& upload) {
        return services_.before_publish({.result = Describe(), .upload = upload});
      });
    }
    Status made = Make();
    if (!made) {
      const bool cancelled = made.error().code == ErrorCode::kCancelled;
      CleanUp(cancelled ? services_.clean_up_when_cancelled_within : services_.clean_up_within, &made.error());
      return Forward(made);
    }
    return Answer();
  }

 private:
  /// What is reused from page to page; there are as many as pages are encoded at once.
  struct Encoder {
    manifest::BlockEncoder blocks;
    std::vector<s3::ListedObject> kept;  // the page without the filtered keys
  };

  Status Make() {
    listing::Throttle throttle(request_.concurrency, services_.clock);
    listing::S3PageSource source(services_.client, request_.bucket, request_.prefix, &throttle);
    const listing::ListerOptions options{
        .prefix = request_.prefix,
        .order = request_.order,
        .workers = request_.concurrency,
        .lookahead_bytes = request_.lookahead_bytes,
        .pages_in_work = static_cast<std::int32_t>(std::thread::hardware_concurrency()) + 1};
    auto totals =
        listing::ListInOrder(source, options, context_, [this](const s3::ListPage& page) { return HandlePage(page); });
    if (!totals) {
      return std::unexpected(
          std::move(totals.error())
              .Within(fmt::format("s3://{}/{}", request_.bucket.name(), listing::Printable(request_.prefix))));
    }
    totals_ = *totals;
    Status alive = CheckUrlsStillLive();
    if (!alive) return alive;
    return writer_->Finish(context_);
  }

  /// Signing starts with the first page: its answer has told the bucket's region and the server's time.
  Status EnsureStarted() {
    const std::lock_guard lock(start_mutex_);
    if (presigner_) return {};
    auto presigner = signer_.ForBucket(request_.bucket, request_.urls.signed_query);
    if (!presigner) return Forward(presigner);
    const UrlLife& life = signer_.life();
    writer_.emplace(output_.sink.get(), request_.ResolvedCompression(),
                    manifest::Footer{.format = request_.format,
                                     .bucket = request_.bucket.name(),
                                     .prefix = request_.prefix,
                                     .signed_at = life.signed_at,
                                     .expires_at = life.expires_at,
                                     .expires_at_is_upper_bound = life.expires_at_is_upper_bound,
                                     .in_key_order = request_.order == listing::KeyOrder::kBytes});
    Status begun = writer_->Begin(context_);
    if (!begun) return begun;
    presigner_.emplace(std::move(*presigner));
    return {};
  }

  Result<listing::Parcel> HandlePage(const s3::ListPage& page) {
    Status started = EnsureStarted();
    if (!started) return Forward(started);
    std::unique_ptr<Encoder> encoder = TakeEncoder();
    auto block = Encode(*encoder, page);
    GiveBack(std::move(encoder));
    if (!block) return Forward(block);
    // An eighth more than its bytes is what a block was seen to cost among pages that come and go around it.
    const std::size_t bytes = block->bytes.size() + block->bytes.size() / 8;
    return listing::Parcel{.bytes = bytes,
                           .release = [this, ready = std::move(*block)]() mutable { return Append(std::move(ready)); }};
  }

  Result<manifest::Block> Encode(Encoder& encoder, const s3::ListPage& page) const {
    if (!filter_.active()) return encoder.blocks.Encode(page.objects, *presigner_);
    encoder.kept.clear();
    for (const s3::ListedObject& object : page.objects) {
      if (!filter_.Excludes(object.key)) encoder.kept.push_back(object);
    }
    return encoder.blocks.Encode(encoder.kept, *presigner_);
  }

  std::unique_ptr<Encoder> TakeEncoder() {
    const std::lock_guard lock(encoders_mutex_);
    if (encoders_.empty()) {
      return std::make_unique<Encoder>(manifest::BlockEncoder(request_.format, request_.ResolvedCompression()));
    }
    std::unique_ptr<Encoder> encoder = std::move(encoders_.back());
    encoders_.pop_back();
    return encoder;
  }

  void GiveBack(std::unique_ptr<Encoder> encoder) {
    const std::lock_guard lock(encoders_mutex_);
    encoders_.push_back(std::move(encoder));
  }

  Status Append(manifest::Block block) {
    Status appended = writer_->Append(context_, block);
    if (!appended) return appended;
    for (manifest::RowError& error : block.errors) {
      if (errors_.size() == kMostErrors) break;
      errors_.push_back(std::move(error));
    }
    if (Progress* progress = services_.progress) {
      progress->objects += block.rows;
      progress->pages += 1;
      progress->parts = output_.sink->parts_written();
      progress->manifest_bytes = output_.sink->bytes_written();
    }
    return {};
  }

  /// A manifest of dead links is not published. A signing time asked for is taken as it is.
  Status CheckUrlsStillLive() const {
    if (request_.urls.signing_time || services_.client->clock().Now() < signer_.life().expires_at) return {};
    return Fail(ErrorCode::kDeadlineExceeded,
                fmt::format("the URLs expired at {}, before the manifest was complete; ask for a longer life",
                            FormatRfc3339(signer_.life().expires_at)));
  }

  void CleanUp(std::chrono::milliseconds within, Error* error) {
    // Deadlines are by our own clock, not by the server's.
    const CallContext context{.stop = {}, .deadline = services_.clock->Now() + within};
    Status abandoned = output_.sink->Abandon(context);
    if (!abandoned) {
      error->message += fmt::format("; what was written could not be removed: {}", abandoned.error().ToString());
    }
  }

  /// The result but for the manifest's URL; complete once all blocks are written.
  JobResult Describe() const {
    const manifest::Footer& footer = writer_->footer();
    JobResult result;
    if (output_.s3) {
      result.bucket = output_.s3->bucket.name();
      result.key = output_.s3->key;
    }
    result.path = output_.path;
    result.format = request_.format;
    result.count = footer.rows;
    result.error_count = footer.error_rows;
    result.errors = errors_;
    result.object_bytes = footer.object_bytes;
    result.manifest_bytes = output_.sink->bytes_written();
    result.expires_at = footer.expires_at;
    result.expires_at_is_upper_bound = footer.expires_at_is_upper_bound;
    result.list_calls = totals_.list_calls;
    result.elapsed = services_.clock->Now() - started_;
    return result;
  }

  Result<JobResult> Answer() {
    JobResult result = Describe();
    if (output_.s3) {
      auto presigner = signer_.ForBucket(output_.s3->bucket, {});
      if (!presigner) return Forward(presigner);
      result.manifest_url = presigner->GetUrl(output_.s3->key);
    }
    return result;
  }

  const JobRequest& request_;
  const Services& services_;
  const CallContext& context_;
  const OutputFilter filter_;
  UrlSigner signer_;
  Output output_;
  const TimePoint started_;
  listing::ListingTotals totals_;
  std::mutex encoders_mutex_;
  std::vector<std::unique_ptr<Encoder>> encoders_;  // guarded by encoders_mutex_; those not in use
  std::mutex start_mutex_;
  std::optional<Presigner> presigner_;      // set once under start_mutex_, then read only
  std::optional<manifest::Writer> writer_;  // likewise; then used by one releasing worker at a time
  std::vector<manifest::RowError> errors_;
};

}  // namespace

Result<JobResult> RunJob(const JobRequest& request, const Services& services, const CallContext& context) {
  Status valid = Validate(request);
  if (!valid) return Forward(valid);
  auto signer = UrlSigner::Create(request.urls, services.client, context, services.url_credentials);
  if (!signer) return Forward(signer);
  auto output = OpenOutput(request, services);
  if (!output) return Forward(output);
  return Run(request, services, context, std::move(*signer), std::move(*output)).Execute();
}

}  // namespace signpost::job
