#include "idempotency/dynamodb_store.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "signpost/request_signer.h"

#include "aws/partition.h"
#include "aws/s3_endpoint.h"
#include "aws/service_error.h"
#include "base/bytes.h"
#include "base/time_format.h"
#include "idempotency/dynamodb_item.h"
#include "sigv4/sha256.h"

namespace signpost::idempotency {
namespace {

constexpr http::RetryPolicy kPolicy{
    .max_attempts = 8, .base_delay = std::chrono::milliseconds(50), .max_delay = std::chrono::milliseconds(5'000)};
constexpr std::chrono::milliseconds kIdleTimeout{5'000};
constexpr std::size_t kMaxAnswerBytes = 1 << 20;  ///< An item has at most 400 KB.
constexpr std::chrono::minutes kTolerableSkew{1};

/// "arn:aws:dynamodb:REGION:ACCOUNT:table/NAME" is served in its own region.
Region RegionOf(const DynamoDbOptions& options) {
  std::string_view rest = options.table;
  if (!rest.starts_with("arn:")) return options.region;
  for (int i = 0; i < 3; ++i) rest.remove_prefix(std::min(rest.find(':') + 1, rest.size()));
  return {std::string(rest.substr(0, rest.find(':')))};
}

DynamoDbOptions Resolved(DynamoDbOptions options) {
  options.region = RegionOf(options);
  if (!options.endpoint_url) {
    options.endpoint_url = fmt::format("https://dynamodb.{}.{}", options.region.name, aws::DnsSuffixOf(options.region));
  }
  while (options.endpoint_url->ends_with('/')) options.endpoint_url->pop_back();
  return options;
}

/// A damaged answer says nothing: it is asked for again.
Status CheckCrc32(std::string_view what, const http::Response& response) {
  const auto sent = response.headers.Find("x-amz-crc32");
  if (!sent) return {};
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(response.body.data()), response.body.size());
  if (*sent == fmt::to_string(crc)) return {};
  return Fail(ErrorCode::kUnavailable, fmt::format("{}: the answer does not have its x-amz-crc32", what));
}

bool IsClockFailure(const Error& error) {
  return error.service_code == "InvalidSignatureException" || error.service_code == "RequestTimeTooSkewed";
}

}  // namespace

/// What may be corrected once in the course of one call.
struct DynamoDbStore::Corrections {
  bool clock = false;
  bool credentials = false;
};

DynamoDbStore::DynamoDbStore(DynamoDbOptions options, http::Transport* transport, aws::CredentialsCache* credentials,
                             aws::SkewedClock* clock, Sleeper* sleeper, Random* random)
    : options_(Resolved(std::move(options))),
      transport_(transport),
      credentials_(credentials),
      clock_(clock),
      retrier_(kPolicy, &budget_, clock, sleeper, random) {}

std::string DynamoDbStore::Describe() const { return fmt::format("the table '{}'", options_.table); }

Result<std::optional<Stored>> DynamoDbStore::Read(const CallContext& context, const std::string& id) {
  std::string answer;
  Status called = Call(context, "GetItem", GetItemBody(options_.table, id), &answer);
  if (!called) return Forward(called);
  auto record = ReadItem(answer);
  if (!record) return std::unexpected(std::move(record.error()).Within("reading a record in " + Describe()));
  if (!*record) return std::nullopt;
  return Stored{.record = std::move(**record), .version = {}};
}

Result<WriteOutcome> DynamoDbStore::Create(const CallContext& context, const Record& record) {
  return Put(context, record, PutItemBody(options_.table, record, nullptr));
}

Result<WriteOutcome> DynamoDbStore::Replace(const CallContext& context, const Stored& seen, const Record& record) {
  return Put(context, record, PutItemBody(options_.table, record, &seen.record));
}

Result<WriteOutcome> DynamoDbStore::Put(const CallContext& context, const Record& record, const std::string& body) {
  std::string answer;
  Status called = Call(context, "PutItem", body, &answer);
  if (called) return WriteOutcome{.written = true, .now = Stored{.record = record, .version = {}}};
  if (called.error().service_code != "ConditionalCheckFailedException") return Forward(called);
  auto there = ReadItem(answer);
  if (!there) return std::unexpected(std::move(there.error()).Within("a record in " + Describe()));
  if (!*there) return WriteOutcome{};
  // An attempt whose answer was lost may have written what the next one ran into.
  const bool is_ours = (*there)->IsSameWriteAs(record);
  return WriteOutcome{.written = is_ours, .now = Stored{.record = std::move(**there), .version = {}}};
}

Status DynamoDbStore::Call(const CallContext& context, std::string_view action, const std::string& body,
                           std::string* answer) {
  if (Status valid = aws::CheckRegion(options_.region); !valid) return valid;
  Corrections corrections;
  http::Response response;
  Status called = retrier_.Run(context, [&]() -> Status {
    while (true) {
      auto credentials = credentials_->Get(context);
      if (!credentials) return Forward(credentials);
      Status sent = SendOnce(context, action, body, *credentials, &response);
      if (sent || !Correct(context, sent.error(), response, *credentials, &corrections)) return sent;
    }
  });
  *answer = std::move(response.body);
  return called;
}

Status DynamoDbStore::SendOnce(const CallContext& context, std::string_view action, const std::string& body,
                               const Credentials& credentials, http::Response* response) const {
  const std::string what = fmt::format("{} in {}", action, Describe());
  const std::string& url = *options_.endpoint_url;
  const std::string_view authority = std::string_view(url).substr(std::min(url.find("://") + 3, url.size()));
  const std::size_t slash = std::min(authority.find('/'), authority.size());
  const std::string path = std::string(authority.substr(slash)) + "/";
  const std::string hash = HexEncode(sigv4::Sha256Of(body));
  SignableRequest signable{.method = "POST", .encoded_path = path, .payload_hash = hash};
  signable.headers = {{"content-type", "application/x-amz-json-1.0"},
                      {"x-amz-target", fmt::format("DynamoDB_20120810.{}", action)}};
  http::Request request{.method = "POST", .url = url + "/", .body = body, .idle_timeout = kIdleTimeout};
  request.max_body_bytes = kMaxAnswerBytes;
  request.headers = http::Headers(signable.headers);
  signable.headers.emplace_back("host", authority.substr(0, slash));
  const RequestSigner signer(credentials, options_.region, "dynamodb");
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_->Now());
  for (auto& [name, value] : signer.Sign(signable, now)) request.headers.Add(std::move(name), std::move(value));

  response->body.clear();
  Status sent = transport_->Send(context, request, response);
  if (!sent) return std::unexpected(std::move(sent.error()).Within(what));
  if (Status whole = CheckCrc32(what, *response); !whole) return whole;
  if (response->status < 300) return {};
  return std::unexpected(aws::ServiceError(what, *response));
}

bool DynamoDbStore::Correct(const CallContext& context, const Error& error, const http::Response& response,
                            const Credentials& credentials, Corrections* done) {
  if (IsClockFailure(error) && !std::exchange(done->clock, true)) {
    const auto date = response.headers.Find("date");
    const auto server = date ? ParseHttpDate(*date) : Result<std::chrono::sys_seconds>(Fail({}, ""));
    if (!server || std::chrono::abs(*server - clock_->Now()) < kTolerableSkew) return false;
    clock_->CorrectTo(*server);
    return true;
  }
  if (error.service_code == "ExpiredTokenException" && credentials_->CanRefresh() &&
      !std::exchange(done->credentials, true)) {
    return credentials_->Renew(context, credentials).has_value();
  }
  return false;
}

}  // namespace signpost::idempotency
