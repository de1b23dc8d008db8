#include "lambda/runtime_client.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace signpost::lambda {
namespace {

constexpr char kRuntime[] = "/2018-06-01/runtime";
constexpr char kExtensions[] = "/2020-01-01/extension";
constexpr char kExtensionName[] = "signpost";
/// As good as for ever, and safe to add to a time.
constexpr std::chrono::hours kNoTimeout{24 * 365};
constexpr std::chrono::seconds kPostTimeout{5};
constexpr std::size_t kMostEventBytes = 16 << 20;  // Lambda's own limit is 6 MiB.
constexpr std::size_t kMostTraceIdBytes = 1024;

bool IsAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// The id becomes a part of a path.
bool IsRequestId(std::string_view id) {
  return !id.empty() && id.size() <= 128 &&
         std::ranges::all_of(id, [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_'; });
}

bool IsAuthority(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         std::ranges::all_of(text, [](char c) { return IsAlphanumeric(c) || std::string_view(".-_:[]").contains(c); });
}

std::optional<TimePoint> ReadDeadline(std::optional<std::string_view> text) {
  std::uint64_t ms = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), ms);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  constexpr auto kLatest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 2);
  return TimePoint(std::chrono::milliseconds(std::min(ms, kLatest)));
}

http::Request Waiting(std::string url) {
  http::Request request{.url = std::move(url), .body = {}, .idle_timeout = kNoTimeout};
  request.min_bytes_per_second = 0;
  request.max_body_bytes = kMostEventBytes;
  return request;
}

}  // namespace

Result<RuntimeClient> RuntimeClient::Create(std::string_view authority, http::Transport* transport) {
  if (!IsAuthority(authority)) {
    return Fail(ErrorCode::kInvalidArgument, "AWS_LAMBDA_RUNTIME_API is not a host and port");
  }
  return RuntimeClient(fmt::format("http://{}", authority), transport);
}

Result<Invocation> RuntimeClient::Next(const CallContext& context) {
  http::Response response;
  Status sent = transport_->Send(context, Waiting(fmt::format("{}{}/invocation/next", base_url_, kRuntime)), &response);
  if (!sent) return std::unexpected(std::move(sent.error()).Within("waiting for the next event"));
  const auto header = [&response](std::string_view name) { return response.headers.Find(name); };
  const auto id = header("Lambda-Runtime-Aws-Request-Id");
  if (response.status != 200 || !id || !IsRequestId(*id)) {
    return Fail(ErrorCode::kUnavailable, fmt::format("the Runtime API answers the wait for an event with status {}{}",
                                                     response.status, id ? "" : " and no request id"));
  }
  Invocation invocation{.request_id = std::string(*id),
                        .deadline = ReadDeadline(header("Lambda-Runtime-Deadline-Ms")),
                        .trace_id = std::string(header("Lambda-Runtime-Trace-Id").value_or("")),
                        .payload = std::move(response.body)};
  if (invocation.trace_id.size() > kMostTraceIdBytes) invocation.trace_id.clear();
  return invocation;
}

Status RuntimeClient::Post(const CallContext& context, const std::string& path, std::string_view body,
                           std::string_view error_type) {
  http::Request request{.method = "POST", .url = base_url_ + path, .body = body, .idle_timeout = kPostTimeout};
  request.headers.Add("Content-Type", "application/json");
  if (!error_type.empty()) request.headers.Add("Lambda-Runtime-Function-Error-Type", std::string(error_type));
  http::Response response;
  Status sent = transport_->Send(context, request, &response);
  // The environment may have been frozen since the connection was last used.
  if (!sent && sent.error().code == ErrorCode::kUnavailable) sent = transport_->Send(context, request, &response);
  if (!sent) return std::unexpected(std::move(sent.error()).Within("answering the Runtime API"));
  if (response.status < 300) return {};
  return Fail(response.status == 413 ? ErrorCode::kDataLoss : ErrorCode::kConflict,
              fmt::format("the Runtime API takes the answer with status {}", response.status));
}

Status RuntimeClient::Respond(const CallContext& context, const std::string& request_id, std::string_view answer) {
  return Post(context, fmt::format("{}/invocation/{}/response", kRuntime, request_id), answer, "");
}

Status RuntimeClient::ReportError(const CallContext& context, const std::string& request_id,
                                  const FunctionError& error) {
  return Post(context, fmt::format("{}/invocation/{}/error", kRuntime, request_id), ToJson(error), error.type);
}

Status RuntimeClient::ReportInitError(const CallContext& context, const FunctionError& error) {
  return Post(context, fmt::format("{}/init/error", kRuntime), ToJson(error), error.type);
}

Result<std::string> RuntimeClient::RegisterExtension(const CallContext& context) {
  http::Request request{.method = "POST",
                        .url = fmt::format("{}{}/register", base_url_, kExtensions),
                        .body = R"({"events":[]})",
                        .idle_timeout = kPostTimeout};
  request.headers.Add("Content-Type", "application/json");
  request.headers.Add("Lambda-Extension-Name", kExtensionName);
  http::Response response;
  Status sent = transport_->Send(context, request, &response);
  if (!sent) return std::unexpected(std::move(sent.error()).Within("registering for SIGTERM"));
  const auto identifier = response.headers.Find("Lambda-Extension-Identifier");
  if (response.status != 200 || !identifier) {
    return Fail(ErrorCode::kUnavailable, fmt::format("registering for SIGTERM: status {}", response.status));
  }
  return std::string(*identifier);
}

Status RuntimeClient::WaitAsExtension(const CallContext& context, const std::string& identifier) {
  http::Request request = Waiting(fmt::format("{}{}/event/next", base_url_, kExtensions));
  request.headers.Add("Lambda-Extension-Identifier", identifier);
  http::Response response;
  return transport_->Send(context, request, &response);
}

}  // namespace signpost::lambda
