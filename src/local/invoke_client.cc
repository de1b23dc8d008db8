#include "local/invoke_client.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "signpost/request_signer.h"

#include "aws/s3_endpoint.h"
#include "aws/service_error.h"
#include "base/bytes.h"
#include "sigv4/sha256.h"

namespace signpost::local {
namespace {

constexpr std::chrono::seconds kLongestInvocation{930};  // Lambda's longest, and a start.
constexpr int kRuntimeInterfaceEmulatorCrash = 502;

/// Standard base64 with padding; an empty text for anything else.
std::string DecodeBase64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) return {};
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  return bytes;
}

Result<std::vector<std::pair<std::string, std::string>>> Signed(const InvokeTarget& target, const CallContext& context,
                                                                const std::string& path, std::string_view event,
                                                                http::Headers headers) {
  auto credentials = target.credentials->Get(context);
  if (!credentials) return Forward(credentials);
  if (Status valid = aws::CheckRegion(target.region); !valid) return Forward(valid);
  // Outside S3 the canonical path is encoded once more (SigV4, "create a canonical request").
  const std::string canonical_path = PercentEncode(path, /*keep_slash=*/true);
  const std::string hash = HexEncode(sigv4::Sha256Of(event));
  SignableRequest signable{.method = "POST", .encoded_path = canonical_path, .payload_hash = hash};
  signable.headers = headers.fields();
  for (auto& [name, value] : signable.headers) {
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  }
  signable.headers.emplace_back("host", target.url.substr(target.url.find("://") + 3));
  const RequestSigner signer(std::move(*credentials), target.region, "lambda");
  return signer.Sign(signable, std::chrono::floor<std::chrono::seconds>(target.clock->Now()));
}

/// What the official emulator answers, with status 200 and no header, when the function failed.
bool LooksLikeAnError(std::string_view payload) {
  if (payload.starts_with("Task timed out after ")) return true;
  const auto object = nlohmann::json::parse(payload, nullptr, /*allow_exceptions=*/false);
  return object.is_object() && object.contains("errorType") && object.contains("errorMessage");
}

InvokeAnswer AnswerOf(http::Response response) {
  InvokeAnswer answer;
  if (const auto error = response.headers.Find("X-Amz-Function-Error")) answer.function_error = std::string(*error);
  if (const auto log = response.headers.Find("X-Amz-Log-Result")) answer.log_tail = DecodeBase64(*log);
  answer.payload = std::move(response.body);
  return answer;
}

}  // namespace

Result<InvokeAnswer> InvokeFunction(const InvokeTarget& target, const CallContext& context, std::string_view event) {
  if (Status valid = aws::CheckEndpointUrl(target.url); !valid) return Forward(valid);
  const std::string what = fmt::format("invoking the function '{}'", target.function_name);
  const std::string path =
      fmt::format("/2015-03-31/functions/{}/invocations", PercentEncode(target.function_name, /*keep_slash=*/false));
  http::Request request{.method = "POST",
                        .url = target.url + path,
                        .body = event,
                        .idle_timeout = kLongestInvocation,
                        .min_bytes_per_second = 0};
  request.headers = http::Headers(
      {{"Content-Type", "application/json"}, {"X-Amz-Invocation-Type", "RequestResponse"}, {"X-Amz-Log-Type", "Tail"}});
  const bool is_signed = target.credentials != nullptr;
  if (is_signed) {
    auto more = Signed(target, context, path, event, request.headers);
    if (!more) return Forward(more);
    for (auto& [name, value] : *more) request.headers.Add(std::move(name), std::move(value));
  }
  http::Response response;
  Status sent = target.transport->Send(context, request, &response);
  if (!sent) return std::unexpected(std::move(sent.error()).Within(what));
  const bool is_official_emulator = !is_signed && !response.headers.Find("X-Amz-Executed-Version");
  if (is_official_emulator && (response.status == kRuntimeInterfaceEmulatorCrash || LooksLikeAnError(response.body))) {
    InvokeAnswer answer = AnswerOf(std::move(response));
    answer.function_error = "Unhandled";
    return answer;
  }
  if (response.status >= 300) return std::unexpected(aws::ServiceError(what, response));
  return AnswerOf(std::move(response));
}

}  // namespace signpost::local
