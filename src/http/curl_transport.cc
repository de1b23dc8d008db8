#include "http/curl_transport.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "http/curl_errors.h"
#include "http/curl_transfer.h"
#include "http/stall_guard.h"

namespace signpost::http {
namespace {

using Millis = std::chrono::milliseconds;

constexpr long kReceiveBuffer = 128 << 10;
constexpr long kSendBuffer = 256 << 10;
constexpr long kCachedConnections = 4;  // Per lane: S3, and a few hosts that give credentials.
constexpr Millis kLongestPoll{60'000};  // A deadline may be years ahead; the kernel takes an int.

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

bool Append(HeaderList* list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list->get(), line.c_str());
  if (longer == nullptr) return false;
  list->release();
  list->reset(longer);
  return true;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
  return std::ranges::equal(a, b, [&](char x, char y) { return lower(x) == lower(y); });
}

bool HasControl(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

/// The fields of `request` as libcurl wants them, with those that it would add by itself taken out.
Result<HeaderList> ListOf(const Request& request, bool with_body) {
  HeaderList list(nullptr, curl_slist_free_all);
  bool ok = Append(&list, "Expect:");
  for (const auto& [name, value] : request.headers.fields()) {
    if (EqualsIgnoringCase(name, "host") || EqualsIgnoringCase(name, "content-length")) continue;
    if (HasControl(name) || HasControl(value)) {
      return Fail(ErrorCode::kInvalidArgument, "a request header holds a line break or a zero byte");
    }
    ok = ok && Append(&list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  if (with_body && !request.headers.Find("content-type")) ok = ok && Append(&list, "Content-Type:");
  if (!ok) return Fail(ErrorCode::kInternal, "out of memory for request headers");
  return list;
}

/// Where the trusted certificates come from.
std::string TrustedBy(const CurlTransport::Options& options) {
  if (!options.ca_bundle.empty()) return options.ca_bundle;
  if (!options.ca_pem.empty()) return "those in the program";
  const char* const built_in = curl_version_info(CURLVERSION_NOW)->cainfo;
  return built_in == nullptr ? "none" : built_in;
}

}  // namespace

CurlGlobal::CurlGlobal() { curl_global_init(CURL_GLOBAL_DEFAULT); }

CurlGlobal::~CurlGlobal() { curl_global_cleanup(); }

/// A connection cache and a handle, used by one call at a time.
class CurlTransport::Lane {
 public:
  explicit Lane(const Options& options) : trusted_(TrustedBy(options)) { SetOnce(options); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// False when libcurl could not set up; then usually no file descriptor was left.
  bool ok() const { return usable_; }

  Status Run(const CallContext& context, const Clock& clock, const Request& request, Response* response);

 private:
  void SetOnce(const Options& options);
  Result<HeaderList> SetForRequest(const Request& request);
  Status Drive(const CallContext& context, const Clock& clock, const Request& request, const CurlTransfer& transfer);
  std::optional<CURLcode> Finished();
  Status Outcome(CURLcode code, const Request& request, const CurlTransfer& transfer);

  const std::string trusted_;  // as errors name it
  // In this order: the handle must go before the connections that it uses.
  std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> multi_{curl_multi_init(), curl_multi_cleanup};
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_{curl_easy_init(), curl_easy_cleanup};
  char detail_[CURL_ERROR_SIZE] = "";
  bool usable_ = false;
};

void CurlTransport::Lane::SetOnce(const Options& options) {
  CURL* easy = easy_.get();
  // Without its wake-up socket a lane could not be cancelled.
  if (easy == nullptr || multi_ == nullptr || curl_multi_wakeup(multi_.get()) != CURLM_OK) return;
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) { ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK; };
  set(CURLOPT_ERRORBUFFER, detail_);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
  set(CURLOPT_HTTP_CONTENT_DECODING, 0L);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options.ca_bundle.empty() || !options.ca_pem.empty()) set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
  if (!options.ca_bundle.empty()) {
    set(CURLOPT_CAINFO, options.ca_bundle.c_str());
  } else if (!options.ca_pem.empty()) {
    const curl_blob roots{
        .data = const_cast<char*>(options.ca_pem.data()), .len = options.ca_pem.size(), .flags = CURL_BLOB_NOCOPY};
    set(CURLOPT_CAINFO_BLOB, &roots);
  }
  set(CURLOPT_PROXY, options.proxy.c_str());
  set(CURLOPT_NOPROXY, options.no_proxy.c_str());
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set(CURLOPT_QUICK_EXIT, 1L);  // A stop does not wait for a name look-up.
  set(CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(CURLOPT_UPLOAD_BUFFERSIZE, kSendBuffer);
  usable_ = ok && curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kCachedConnections) == CURLM_OK;
}

Result<HeaderList> CurlTransport::Lane::SetForRequest(const Request& request) {
  CURL* easy = easy_.get();
  const bool with_body = !request.body.empty() || request.method == "PUT" || request.method == "POST";
  auto headers = ListOf(request, with_body);
  if (!headers) return headers;
  const char* method = request.method.c_str();
  if (with_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  } else if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    method = nullptr;
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (request.method == "GET") method = nullptr;
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers->get());
  if (curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str()) != CURLE_OK) {
    return Fail(ErrorCode::kInternal, "out of memory for a URL");
  }
  return headers;
}

Status CurlTransport::Lane::Run(const CallContext& context, const Clock& clock, const Request& request,
                                Response* response) {
  const std::string_view url = request.url;
  if (!(url.starts_with("http://") || url.starts_with("https://")) || HasControl(url) || HasControl(request.method)) {
    return Fail(ErrorCode::kInvalidArgument, "the URL of a request is malformed");
  }
  auto headers = SetForRequest(request);
  if (!headers) return Forward(headers);
  CurlTransfer transfer(easy_.get(), request, response);
  transfer.Install();
  detail_[0] = '\0';
  if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) {
    return Fail(ErrorCode::kInternal, "libcurl refuses a request");
  }
  Status outcome = Drive(context, clock, request, transfer);
  // Ends the connection when the transfer was not complete.
  curl_multi_remove_handle(multi_.get(), easy_.get());
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  return outcome;
}

Status CurlTransport::Lane::Drive(const CallContext& context, const Clock& clock, const Request& request,
                                  const CurlTransfer& transfer) {
  const std::stop_callback wake(context.stop, [this] { curl_multi_wakeup(multi_.get()); });
  StallGuard guard(request.idle_timeout, static_cast<std::uint64_t>(std::max(request.min_bytes_per_second, 0)),
                   request.body.size(), std::chrono::steady_clock::now());
  for (;;) {
    int running = 0;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) {
      return Fail(ErrorCode::kInternal, fmt::format("libcurl fails to talk to {}", AuthorityOf(request.url)));
    }
    if (const auto code = Finished()) return Outcome(*code, request, transfer);
    const TimePoint now = clock.Now();
    if (Status going = context.Check(now); !going) return going;
    curl_off_t sent = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &sent);
    const auto ticks = std::chrono::steady_clock::now();
    if (guard.Stalled(ticks, static_cast<std::uint64_t>(sent), transfer.received())) {
      return Fail(ErrorCode::kUnavailable, fmt::format("no complete answer from {}: idle or too slow for {} ms",
                                                       AuthorityOf(request.url), request.idle_timeout.count()));
    }
    Millis wait = std::min(guard.Patience(ticks), kLongestPoll);
    if (context.deadline) wait = std::min(wait, *context.deadline - now);
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
}

std::optional<CURLcode> CurlTransport::Lane::Finished() {
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
  if (message == nullptr || message->msg != CURLMSG_DONE) return std::nullopt;
  return message->data.result;
}

Status CurlTransport::Lane::Outcome(CURLcode code, const Request& request, const CurlTransfer& transfer) {
  if (transfer.refusal()) return std::unexpected(*transfer.refusal());
  if (code == CURLE_OK && transfer.HeadComplete()) return {};
  // libcurl takes an end of the connection among the headers for a short but good answer.
  if (code == CURLE_OK) code = CURLE_PARTIAL_FILE;
  curl_off_t first_byte = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
  return std::unexpected(ErrorOf({.code = code,
                                  .authority = AuthorityOf(request.url),
                                  .detail = detail_,
                                  .ca_bundle = trusted_,
                                  .answer_begun = first_byte > 0 || transfer.received() > 0}));
}

CurlTransport::CurlTransport(Options options, const Clock* clock) : options_(std::move(options)), clock_(clock) {}

CurlTransport::~CurlTransport() = default;

Result<std::unique_ptr<CurlTransport::Lane>> CurlTransport::TakeLane() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto lane = std::move(idle_.back());
      idle_.pop_back();
      return lane;
    }
  }
  auto lane = std::make_unique<Lane>(options_);
  if (lane->ok()) return lane;
  return Fail(ErrorCode::kInternal, "libcurl cannot set up a connection");
}

Status CurlTransport::Send(const CallContext& context, const Request& request, Response* response) {
  if (Status ready = context.Check(clock_->Now()); !ready) return ready;
  auto lane = TakeLane();
  if (!lane) {
    if (OutOfDescriptors()) return std::unexpected(DescriptorError(AuthorityOf(request.url)));
    return Forward(lane);
  }
  Status outcome = (*lane)->Run(context, *clock_, request, response);
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(*lane));
  return outcome;
}

}  // namespace signpost::http
