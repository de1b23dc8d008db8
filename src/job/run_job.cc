#include "job/run_job.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/time_format.h"
#include "http/retry.h"
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
        started_(services.clock->Now()),
        can_be_kept_(services.keep && output_.s3_sink != nullptr && request.order == listing::KeyOrder::kBytes) {
    if (const Paused* earlier = services.earlier) {
      front_ = earlier->checkpoint.front;
      errors_ = earlier->result.errors;
      errors_are_cut_ = errors_.size() < earlier->result.error_count;
    }
    if (services.progress != nullptr) services.progress->resumed = services.earlier != nullptr;
  }

  Result<JobResult> Execute() {
    if (services_.before_publish && output_.s3_sink != nullptr) {
      output_.s3_sink->AskBeforeCompleting([this](const s3::MultipartUpload& upload) {
        publishing_ = true;
        return services_.before_publish({.result = Describe(), .upload = upload});
      });
    }
    Status made = Make();
    if (!made) {
      if (can_be_kept_ && Keep(&made.error())) return Forward(made);
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
    listing::ListerOptions options{.prefix = request_.prefix,
                                   .start_after = front_,
                                   .order = request_.order,
                                   .workers = request_.concurrency,
                                   .lookahead_bytes = request_.lookahead_bytes,
                                   .pages_in_work = static_cast<std::int32_t>(std::thread::hardware_concurrency()) + 1,
                                   .stop_early = {}};
    if (can_be_kept_ && context_.deadline) options.stop_early = [this] { return TimeToStop(); };
    auto totals =
        listing::ListInOrder(source, options, context_, [this](const s3::ListPage& page) { return HandlePage(page); });
    if (!totals) {
      return std::unexpected(
          std::move(totals.error())
              .Within(fmt::format("s3://{}/{}", request_.bucket.name(), listing::Printable(request_.prefix))));
    }
    totals_ = *totals;
    // To send the rest of a large manifest and to complete it takes its time, too.
    const bool too_late = options.stop_early && output_.sink->parts_written() > 0 && TimeToStop();
    if (!totals_.complete || too_late) return Fail(ErrorCode::kDeadlineExceeded, "the time ran out");
    Status alive = CheckUrlsStillLive();
    if (!alive) return alive;
    finishing_ = true;
    return writer_->Finish(context_);
  }

  bool TimeToStop() const { return services_.clock->Now() >= *context_.deadline - services_.clean_up_within; }

  /// Signing starts with the first page: its answer has told the bucket's region and the server's time.
  Status EnsureStarted() {
    const std::lock_guard lock(start_mutex_);
    if (presigner_) return {};
    auto presigner = signer_.ForBucket(request_.bucket, request_.urls.signed_query);
    if (!presigner) return Forward(presigner);
    const UrlLife& life = signer_.life();
    Status begun = BeginWriting({.format = request_.format,
                                 .bucket = request_.bucket.name(),
                                 .prefix = request_.prefix,
                                 .signed_at = life.signed_at,
                                 .expires_at = life.expires_at,
                                 .expires_at_is_upper_bound = life.expires_at_is_upper_bound,
                                 .in_key_order = request_.order == listing::KeyOrder::kBytes});
    if (!begun) return begun;
    presigner_.emplace(std::move(*presigner));
    return {};
  }

  Status BeginWriting(manifest::Footer footer) {
    const Paused* earlier = services_.earlier;
    if (earlier == nullptr) {
      writer_.emplace(output_.sink.get(), request_.ResolvedCompression(), std::move(footer));
      return writer_->Begin(SendingContext());
    }
    footer.rows = earlier->result.count;
    footer.error_rows = earlier->result.error_count;
    footer.object_bytes = earlier->result.object_bytes;
    writer_.emplace(output_.sink.get(), request_.ResolvedCompression(), std::move(footer), earlier->checkpoint.content);
    return {};
  }

  /// Parts of a job that can be kept may take some of the time to clean up: without them there is nothing to keep.
  CallContext SendingContext() const {
    return {.stop = context_.stop, .deadline = can_be_kept_ ? SendingEnd() : context_.deadline};
  }

  std::optional<TimePoint> SendingEnd() const {
    if (!context_.deadline) return std::nullopt;
    return *context_.deadline + services_.clean_up_within / 2;
  }

  Result<listing::Parcel> HandlePage(const s3::ListPage& page) {
    Status started = EnsureStarted();
    if (!started) return Forward(started);
    std::unique_ptr<Encoder> encoder = TakeEncoder();
    auto block = Encode(*encoder, page);
    GiveBack(std::move(encoder));
    if (!block) return Forward(block);
    // A quarter more than its bytes is what a block was seen to cost among pages that come and go around it.
    const std::size_t bytes = block->bytes.size() + block->bytes.size() / 4;
    std::string last(page.objects.empty() ? std::string_view() : page.objects.back().key);
    return listing::Parcel{.bytes = bytes,
                           .release = [this, ready = std::move(*block), last = std::move(last)]() mutable {
                             return Append(std::move(ready), std::move(last));
                           }};
  }

  Result<manifest::Block> Encode(Encoder& encoder, const s3::ListPage& page) const {
    if (!MayLeaveOut(page)) return encoder.blocks.Encode(page.objects, *presigner_);
    encoder.kept.clear();
    for (const s3::ListedObject& object : page.objects) {
      if (!filter_.Excludes(object.key)) encoder.kept.push_back(object);
    }
    return encoder.blocks.Encode(encoder.kept, *presigner_);
  }

  /// Whether some of the page's objects may be such that the manifest leaves out.
  bool MayLeaveOut(const s3::ListPage& page) const {
    if (page.objects.empty() || request_.order != listing::KeyOrder::kBytes) return filter_.active();
    return filter_.ExcludesWithin(page.objects.front().key, page.objects.back().key);
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

  /// `last`: the last key of the block's page; empty when the page had none.
  Status Append(manifest::Block block, std::string last) {
    Status appended = writer_->Append(SendingContext(), block);
    if (!appended) return appended;
    if (!last.empty()) {
      front_ = std::move(last);
      advanced_ = true;
    }
    rows_now_ += block.rows;
    for (manifest::RowError& error : block.errors) {
      if (errors_.size() == kMostErrors || errors_are_cut_) break;
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

  /// Leaves the upload and what is known about it to a later run; false when there is nothing to leave.
  bool Keep(Error* error) {
    std::optional<Paused> paused;
    const bool is_late = error->code == ErrorCode::kDeadlineExceeded || http::IsRetryable(*error);
    if (is_late && context_.deadline && advanced_ && !finishing_) {
      auto stopped = Pause();
      if (stopped) {
        paused = std::move(*stopped);
      } else {
        error->message += fmt::format("; the rows of this run cannot be kept: {}", stopped.error().ToString());
      }
    }
    const bool as_before = !paused;
    if (as_before && MayDoBetterNextTime(*error)) paused = AsBefore();
    if (!paused) return false;
    if (Status kept = services_.keep(*paused); !kept) {
      error->message += fmt::format("; what is done could not be kept: {}", kept.error().ToString());
      return false;
    }
    error->message += as_before ? fmt::format("; the {} rows of earlier runs are kept, and the next call goes on there",
                                              paused->result.count)
                                : fmt::format("; {} rows are done and kept, {} of them now, and the next call goes on",
                                              paused->result.count, rows_now_);
    return true;
  }

  /// Sends what waits, and tells how to go on after the last row.
  Result<Paused> Pause() {
    if (!StillWorthIt(signer_.life().expires_at)) {
      return Fail(ErrorCode::kDeadlineExceeded,
                  fmt::format("the URLs end at {}, too soon for another run; ask for a longer life",
                              FormatRfc3339(signer_.life().expires_at)));
    }
    const CallContext context = SendingContext();
    manifest::S3Sink& sink = *output_.s3_sink;
    if (!sink.CanPause()) {
      Status padded = writer_->Pad(context, s3::kMinPartBytes - sink.waiting_bytes());
      if (!padded) return Forward(padded);
    }
    auto upload = sink.Pause(context);
    if (!upload) return Forward(upload);
    return Paused{.result = Describe(),
                  .upload = std::move(upload->upload),
                  .checkpoint = {.front = front_,
                                 .signed_at = signer_.life().signed_at,
                                 .signer = signer_.signer(),
                                 .content = writer_->totals(),
                                 .parts = std::move(upload->parts),
                                 .next_part = upload->next_number}};
  }

  /// Only what has nothing to do with the job itself; and not once the manifest may have become visible.
  bool MayDoBetterNextTime(const Error& error) const {
    const bool passes =
        error.code == ErrorCode::kDeadlineExceeded || error.code == ErrorCode::kCancelled || http::IsRetryable(error);
    return services_.earlier != nullptr && passes && !publishing_ && StillWorthIt(services_.earlier->result.expires_at);
  }

  bool StillWorthIt(std::chrono::sys_seconds end) const {
    return LivesLongEnough(request_.urls, end, services_.client->clock().Now());
  }

  /// Where this run began, but for the numbers of parts that it has used.
  Paused AsBefore() {
    Paused paused = *services_.earlier;
    paused.checkpoint.next_part = output_.s3_sink->Halt();
    return paused;
  }

  void CleanUp(std::chrono::milliseconds within, Error* error) {
    // Deadlines are by our own clock, not by the server's.
    TimePoint end = services_.clock->Now() + within;
    if (context_.deadline) end = std::min(end, *context_.deadline + services_.clean_up_within);
    const CallContext context{.stop = {}, .deadline = end};
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
  bool errors_are_cut_ = false;  // an earlier run could not keep them all
  const bool can_be_kept_;
  std::string front_;           // the last key that is dealt with
  std::uint64_t rows_now_ = 0;  // of this run
  bool advanced_ = false;       // this run has moved it
  bool finishing_ = false;      // all rows are written
  std::atomic<bool> publishing_ = false;
};

Result<UrlSigner> MakeSigner(const JobRequest& request, const Services& services, const CallContext& context) {
  const Paused* earlier = services.earlier;
  if (earlier == nullptr) {
    return UrlSigner::Create(request.urls, services.client, context, services.url_credentials);
  }
  const EarlierSigning signing{.life = {.signed_at = earlier->checkpoint.signed_at,
                                        .expires_at = earlier->result.expires_at,
                                        .expires_at_is_upper_bound = earlier->result.expires_at_is_upper_bound},
                               .signer = earlier->checkpoint.signer};
  return UrlSigner::Continue(request.urls, signing, services.client, context, services.url_credentials);
}

}  // namespace

Result<JobResult> RunJob(const JobRequest& request, const Services& services, const CallContext& context) {
  Status valid = Validate(request);
  if (!valid) return Forward(valid);
  auto signer = MakeSigner(request, services, context);
  if (!signer && services.earlier != nullptr && services.keep) {
    // Nothing has been sent yet: it stays as it was.
    if (Status kept = services.keep(*services.earlier); !kept) signer.error().message += "; " + kept.error().message;
  }
  if (!signer) return Forward(signer);
  auto output = OpenOutput(request, services);
  if (!output) return Forward(output);
  return Run(request, services, context, std::move(*signer), std::move(*output)).Execute();
}

}  // namespace signpost::job
