#include "local/invoke_api.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace signpost::local {
namespace {

constexpr std::string_view kFunctions = "/2015-03-31/functions/";
constexpr std::string_view kInvocations = "/invocations";
constexpr int kAsyncRetries = 2;

ServedResponse Refuse(int status, std::string_view type, std::string_view message) {
  const nlohmann::json body{{"Type", status < 500 ? "User" : "Service"}, {"message", message}};
  ServedResponse response{.status = status, .body = body.dump()};
  response.headers.emplace_back("x-amzn-ErrorType", type);
  return response;
}

ServedResponse RefuseSize(std::size_t most) {
  return Refuse(413, "RequestTooLargeException",
                fmt::format("Request must be smaller than {} bytes for the InvokeFunction operation", most));
}

ServedResponse Refuse(const Error& error) {
  if (error.code != ErrorCode::kThrottled) return Refuse(503, "ServiceException", error.message);
  return Refuse(429, "TooManyRequestsException", "Rate Exceeded.");
}

bool IsInvoke(const ServedRequest& request) {
  const std::string_view path = request.path;
  return request.method == "POST" && path.starts_with(kFunctions) && path.ends_with(kInvocations) &&
         path.size() > kFunctions.size() + kInvocations.size();
}

ServedResponse AnswerOf(InvokeResult result, bool with_log) {
  ServedResponse response{.body = std::move(result.payload)};
  response.headers = {{"x-amzn-RequestId", result.request_id}, {"X-Amz-Executed-Version", "$LATEST"}};
  if (result.function_error) response.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
  if (with_log) response.headers.emplace_back("X-Amz-Log-Result", Base64Encode(AsBytes(result.log_tail)));
  return response;
}

}  // namespace

ServedResponse ServeInvoke(const ServedRequest& request, FunctionHost* host) {
  if (request.headers.Find("Origin")) return Refuse(403, "AccessDeniedException", "not for web pages");
  if (!IsInvoke(request)) return Refuse(404, "ResourceNotFoundException", fmt::format("POST {} only", kInvokePath));
  const auto type = request.headers.Find("X-Amz-Invocation-Type").value_or("RequestResponse");
  if (type != "RequestResponse" && type != "Event" && type != "DryRun") {
    return Refuse(400, "InvalidParameterValueException", "X-Amz-Invocation-Type is RequestResponse, Event or DryRun");
  }
  const std::size_t most = type == "Event" ? kMostAsyncEventBytes : kMostEventBytes;
  if (request.body_too_large || request.body.size() > most) return RefuseSize(most);
  if (!request.body.empty() && !nlohmann::json::accept(request.body)) {
    return Refuse(400, "InvalidRequestContentException", "Could not parse request body into json");
  }
  if (type == "DryRun") return {.status = 204};
  InvokeRequest invoke{.payload = request.body.empty() ? "{}" : request.body,
                       .trace_id = std::string(request.headers.Find("X-Amzn-Trace-Id").value_or(""))};
  if (type == "Event") {
    invoke.retries = kAsyncRetries;
    const Status queued = host->Submit(std::move(invoke), [](const Result<InvokeResult>&) {});
    return queued ? ServedResponse{.status = 202} : Refuse(queued.error());
  }
  auto result = host->Invoke(std::move(invoke));
  if (!result) return Refuse(result.error());
  return AnswerOf(std::move(*result), request.headers.Find("X-Amz-Log-Type") == "Tail");
}

}  // namespace signpost::local
