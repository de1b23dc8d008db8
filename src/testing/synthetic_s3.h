#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "testing/key_shape.h"
#include "testing/synthetic_s3_store.h"

namespace signpost::testing {

/// The operation that a request asks for.
enum class SyntheticCall {
  kList,
  kPut,
  kCreateUpload,
  kUploadPart,
  kComplete,
  kAbort,
  kListParts,
  kHead,
  kGet,
  kOther
};
inline constexpr int kSyntheticCalls = 10;

/// What a fault hook sees of a request.
struct SyntheticRequest {
  SyntheticCall call = SyntheticCall::kOther;
  int number = 0;          ///< 0 for the first request of the round, whatever its call.
  int number_of_call = 0;  ///< The same, counting only this call.
  std::string_view key;    ///< Raw; empty for a listing.
};

/// What goes wrong with one request. With neither `status` nor `body` the request takes effect and only its answer
/// suffers.
struct SyntheticFault {
  int status = 0;                        ///< Not 0: this status, and the request has no effect.
  std::string code = {};                 ///< The `<Error>` document's code under `status`.
  std::optional<std::string> body = {};  ///< This body (under `status`, or 200) instead of ours; no effect either.
  std::optional<std::size_t> cut_after =
      {};              ///< Send this many bytes of the answer, head included, then end with FIN ...
  bool reset = false;  ///< ... or RST.
};

struct SyntheticS3Options {
  std::uint64_t page_size = 1000;        ///< Most keys on a page; S3's own limit is 1,000.
  std::chrono::milliseconds latency{0};  ///< Wait before each answer.
  int slow_down_every = 0;               ///< Not 0: every n-th request is answered 503 SlowDown.
  int max_requests_per_second = 0;       ///< Not 0: requests over this rate are answered 503 SlowDown.
  bool keep_uploads = false;             ///< Keep the bodies of uploads, so that GET returns them.
};

/// An S3 server on a free loopback port, made to be cheap: it serves ListObjectsV2 over computed keys at a million keys
/// a second and more, and is a sink for uploads. Path-style addresses, any bucket; signatures are not checked. Every
/// answer carries the request id "SYNTHETIC" and the request's number. A thread for each connection; the destructor
/// ends them all. Thread-safe.
class SyntheticS3 {
 public:
  /// Called concurrently, for every request, before it takes effect.
  using FaultHook = std::function<std::optional<SyntheticFault>(const SyntheticRequest&)>;

  explicit SyntheticS3(std::shared_ptr<const KeyShape> shape, SyntheticS3Options options = {});
  ~SyntheticS3();

  /// "http://127.0.0.1:PORT".
  std::string url() const;

  /// Starts over: no uploads, no requests counted, and `faults` (may be null) from now on. What is under way still
  /// belongs to the round before.
  void StartRound(FaultHook faults = nullptr);

  /// Requests in this round, answered well or not.
  int count(SyntheticCall call) const;
  int requests() const;
  /// Requests in this round that got a fault or a SlowDown.
  int faults() const;
  /// Answers in this round that were cut before their last byte.
  int cuts() const;

  /// The uploads of this round.
  std::shared_ptr<const SyntheticStore> store() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::testing
