#include "s3/client.h"

#include <fmt/format.h>

#include "signpost/request_signer.h"

#include "aws/service_error.h"
#include "base/bytes.h"
#include "base/time_format.h"
#include "sigv4/sha256.h"

namespace signpost::s3 {
namespace {

std::string HashOf(std::string_view body) { return HexEncode(sigv4::Sha256Of(body)); }

bool IsCredentialFailure(const Error& error) {
  return error.service_code == "ExpiredToken" || error.service_code == "InvalidToken" ||
         error.service_code == "TokenRefreshRequired";
}

bool IsClockFailure(const Error& error) { return error.service_code == "RequestTimeTooSkewed"; }

/// Answers that name another region than the one asked: S3 sends them for a request that went to the wrong one.
bool IsRegionFailure(const Error& error, const Region& asked) {
  return aws::CheckRegion(Region{error.region}) && error.region != asked.name &&
         (error.http_status == 301 || error.http_status == 307 || error.http_status == 400 || error.http_status == 403);
}

bool SameKeys(const Credentials& a, const Credentials& b) {
  return a.access_key_id == b.access_key_id && a.secret_access_key == b.secret_access_key &&
         a.session_token == b.session_token;
}

}  // namespace

/// What the last request was signed with.
struct Client::Sent {
  const Credentials& credentials;
  const Region& region;
};

/// What may be corrected once in the course of one operation.
struct Client::Corrections {
  bool region = false;
  bool clock = false;
  bool credentials = false;
};

Client::Client(ClientOptions options, http::Transport* transport, aws::CredentialsCache* credentials,
               http::Retrier* retrier, aws::SkewedClock* clock)
    : options_(std::move(options)),
      transport_(transport),
      credentials_(credentials),
      retrier_(retrier),
      clock_(clock) {}

Client::~Client() = default;

Region Client::RegionOf(const Bucket& bucket) const {
  const std::lock_guard lock(mutex_);
  const auto known = regions_.find(bucket.name());
  return known == regions_.end() ? options_.region : known->second;
}

Result<ObjectEndpoint> Client::EndpointOf(const Bucket& bucket) const {
  return aws::ResolveS3Endpoint(bucket, RegionOf(bucket), options_.endpoint);
}

Status Client::Send(const CallContext& context, const Operation& operation, http::Response* response,
                    const std::function<Status(http::Response&)>& check) {
  Corrections corrections;
  const std::string payload_hash = HashOf(operation.body);
  return retrier_->Run(context, [&]() -> Status {
    while (true) {
      auto credentials = credentials_->Get(context);
      if (!credentials) return Forward(credentials);
      const Region region = RegionOf(operation.bucket);
      Status sent = SendThroughGate(context, operation, *credentials, region, payload_hash, response);
      if (sent && check) sent = check(*response);
      if (sent) return sent;
      const Sent with{.credentials = *credentials, .region = region};
      if (!Correct(context, operation, with, sent.error(), *response, &corrections)) return sent;
    }
  });
}

Status Client::SendThroughGate(const CallContext& context, const Operation& operation, const Credentials& credentials,
                               const Region& region, const std::string& payload_hash, http::Response* response) {
  if (operation.gate == nullptr) return SendOnce(context, operation, credentials, region, payload_hash, response);
  auto ticket = operation.gate->Enter(context);
  if (!ticket) return Forward(ticket);
  Status sent = SendOnce(context, operation, credentials, region, payload_hash, response);
  operation.gate->Leave(*ticket, sent);
  return sent;
}

Status Client::SendOnce(const CallContext& context, const Operation& operation, const Credentials& credentials,
                        const Region& region, const std::string& payload_hash, http::Response* response) {
  auto endpoint = aws::ResolveS3Endpoint(operation.bucket, region, options_.endpoint);
  if (!endpoint) return Forward(endpoint);
  const std::string path = endpoint->base_path + "/" + PercentEncode(operation.key, /*keep_slash=*/true);
  SignableRequest signable{
      .method = operation.method, .encoded_path = path, .query = operation.query, .payload_hash = payload_hash};
  signable.headers = operation.headers;
  if (options_.request_payer) signable.headers.emplace_back("x-amz-request-payer", "requester");
  if (options_.expected_bucket_owner) {
    signable.headers.emplace_back("x-amz-expected-bucket-owner", *options_.expected_bucket_owner);
  }
  http::Request request{.method = operation.method, .body = operation.body, .idle_timeout = operation.idle_timeout};
  request.min_bytes_per_second = operation.min_bytes_per_second;
  request.headers = http::Headers(signable.headers);
  signable.headers.emplace_back("host", endpoint->host);
  const auto signer = SignerFor(credentials, region);
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_->Now());
  for (auto& [name, value] : signer->Sign(signable, now)) request.headers.Add(std::move(name), std::move(value));
  request.url = fmt::format("{}://{}{}", endpoint->scheme, endpoint->host, path);
  if (!operation.query.empty()) request.url += "?" + EncodeQuery(operation.query);

  Status sent = transport_->Send(context, request, response);
  if (!sent) return std::unexpected(std::move(sent.error()).Within(operation.what));
  LearnFrom(operation.bucket, *response);
  if (response->status < 300) return {};
  Error error = aws::ServiceError(operation.what, *response);
  if (operation.retry_conditional_conflict && error.service_code == "ConditionalRequestConflict") {
    error.code = ErrorCode::kUnavailable;
  }
  return std::unexpected(std::move(error));
}

std::shared_ptr<const RequestSigner> Client::SignerFor(const Credentials& credentials, const Region& region) {
  const std::lock_guard lock(mutex_);
  if (!signer_ || signer_region_ != region || !SameKeys(signer_credentials_, credentials)) {
    signer_ = std::make_shared<const RequestSigner>(credentials, region, "s3");
    signer_region_ = region;
    signer_credentials_ = credentials;
  }
  return signer_;
}

void Client::LearnFrom(const Bucket& bucket, const http::Response& response) {
  const auto region = response.headers.Find("x-amz-bucket-region");
  if (region && aws::CheckRegion(Region{std::string(*region)}) && !options_.endpoint.endpoint_url)
    LearnRegion(bucket, std::string(*region));
  if (clock_is_set_.exchange(true)) return;
  // The first answer sets the clock, so that URLs are dated by the server's time even where S3 would still accept ours.
  const auto date = response.headers.Find("date");
  if (const auto server = date ? ParseHttpDate(*date) : Result<std::chrono::sys_seconds>(Fail({}, ""))) {
    const auto difference = std::chrono::abs(*server - clock_->Now());
    if (difference > std::chrono::seconds(2)) clock_->CorrectTo(*server);
  }
}

void Client::LearnRegion(const Bucket& bucket, std::string region) {
  const std::lock_guard lock(mutex_);
  regions_.insert_or_assign(bucket.name(), Region{std::move(region)});
}

bool Client::Correct(const CallContext& context, const Operation& operation, const Sent& with, const Error& error,
                     const http::Response& response, Corrections* done) {
  if (IsRegionFailure(error, with.region) && !options_.endpoint.endpoint_url && !std::exchange(done->region, true)) {
    LearnRegion(operation.bucket, error.region);
    return true;
  }
  if (IsClockFailure(error) && !std::exchange(done->clock, true)) {
    const auto date = response.headers.Find("date");
    const auto server = date ? ParseHttpDate(*date) : Result<std::chrono::sys_seconds>(Fail({}, ""));
    if (!server) return false;
    clock_->CorrectTo(*server);
    return true;
  }
  if (IsCredentialFailure(error) && credentials_->CanRefresh() && !std::exchange(done->credentials, true)) {
    return credentials_->Renew(context, with.credentials).has_value();
  }
  return false;
}

std::string EncodeQuery(const std::vector<std::pair<std::string, std::string>>& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    if (!text.empty()) text += '&';
    AppendPercentEncoded(name, /*keep_slash=*/false, &text);
    text += '=';
    AppendPercentEncoded(value, /*keep_slash=*/false, &text);
  }
  return text;
}

}  // namespace signpost::s3
