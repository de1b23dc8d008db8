#include "local/runtime_api.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace signpost::local {
namespace {

constexpr std::string_view kNext = "/2018-06-01/runtime/invocation/next";
constexpr std::string_view kInvocation = "/2018-06-01/runtime/invocation/";
constexpr std::string_view kInitError = "/2018-06-01/runtime/init/error";
constexpr std::string_view kRegister = "/2020-01-01/extension/register";
constexpr std::string_view kExtensionNext = "/2020-01-01/extension/event/next";
constexpr std::chrono::hours kFarAway{24 * 365 * 10};

ServedResponse Denial(int status, std::string_view type, std::string_view message) {
  const nlohmann::json body{{"errorType", type}, {"errorMessage", message}};
  return {.status = status, .body = body.dump()};
}

/// What the Runtime API says to the errors of RuntimeState.
ServedResponse Denial(const Error& error) {
  switch (error.code) {
    case ErrorCode::kConflict:
      return Denial(403, "InvalidStateTransition", error.message);
    case ErrorCode::kInvalidArgument:
      return Denial(400, "InvalidRequestID", error.message);
    case ErrorCode::kDataLoss:
      return Denial(413, "RequestEntityTooLarge", error.message);
    default:
      return {.drop = true};
  }
}

ServedResponse Accepted(const Status& outcome) {
  if (!outcome) return Denial(outcome.error());
  return {.status = 202, .body = R"({"status":"OK"})"};
}

std::optional<std::string> DeadlineHeader(TimePoint deadline, Misbehaviour* misbehaviour) {
  if (misbehaviour->Take(Fault::kNoDeadline)) return std::nullopt;
  if (misbehaviour->Take(Fault::kGarbageDeadline)) return "soon";
  if (misbehaviour->Take(Fault::kPastDeadline)) deadline = TimePoint(std::chrono::milliseconds(1));
  if (misbehaviour->Take(Fault::kFarDeadline)) deadline += kFarAway;
  return std::to_string(deadline.time_since_epoch().count());
}

ServedResponse Next(const std::string& function_arn, RuntimeState* state, Misbehaviour* misbehaviour) {
  if (misbehaviour->Take(Fault::kNext500)) return Denial(500, "ServiceError", "planted");
  if (misbehaviour->Take(Fault::kNextDrop)) return {.drop = true};
  auto delivery = state->Next();
  if (!delivery) return Denial(delivery.error());
  ServedResponse response{.body = std::move(delivery->payload)};
  response.headers.emplace_back("Lambda-Runtime-Invoked-Function-Arn", function_arn);
  response.headers.emplace_back("Lambda-Runtime-Trace-Id", delivery->trace_id);
  if (!misbehaviour->Take(Fault::kNoRequestId)) {
    response.headers.emplace_back("Lambda-Runtime-Aws-Request-Id", delivery->request_id);
  }
  if (auto deadline = DeadlineHeader(delivery->deadline, misbehaviour)) {
    response.headers.emplace_back("Lambda-Runtime-Deadline-Ms", std::move(*deadline));
  }
  return response;
}

std::optional<ServedResponse> PlantedAnswer(Misbehaviour* misbehaviour) {
  if (misbehaviour->Take(Fault::kResponse403)) return Denial(403, "InvalidStateTransition", "planted");
  if (misbehaviour->Take(Fault::kResponse500)) return Denial(500, "ServiceError", "planted");
  if (misbehaviour->Take(Fault::kResponseDrop)) return ServedResponse{.drop = true};
  return std::nullopt;
}

/// What the caller gets for an error: the function's own object, or one made of what is known.
std::string ErrorObject(const ServedRequest& request, std::string_view fallback) {
  if (nlohmann::json::parse(request.body, nullptr, false).is_object()) return request.body;
  const auto type = request.headers.Find("Lambda-Runtime-Function-Error-Type");
  return nlohmann::json{{"errorType", type.value_or(fallback)}, {"errorMessage", "the function told no more"}}.dump();
}

ServedResponse Invocation(const ServedRequest& request, RuntimeState* state, Misbehaviour* misbehaviour) {
  const std::string_view rest = std::string_view(request.path).substr(kInvocation.size());
  const std::size_t slash = rest.find('/');
  const std::string_view what = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
  if (what != "response" && what != "error") return Denial(404, "NotFound", "no such call");
  if (auto planted = PlantedAnswer(misbehaviour)) return std::move(*planted);
  const std::string request_id(rest.substr(0, slash));
  if (what == "response") return Accepted(state->Respond(request_id, request.body));
  return Accepted(state->FailInvocation(request_id, ErrorObject(request, "Function.Unknown")));
}

ServedResponse RegisterExtension(const ServedRequest& request, RuntimeState* state) {
  const auto name = request.headers.Find("Lambda-Extension-Name");
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const auto events = body.is_object() ? body.find("events") : body.end();
  if (body.is_object() && events != body.end() && !events->empty()) {
    return Denial(403, "ShutdownEventNotSupportedForInternalExtension", "this emulator sends extensions no events");
  }
  auto identifier = state->Register(std::string(name.value_or("")));
  if (!identifier) return Denial(identifier.error());
  ServedResponse response{.body = R"({"functionName":"function","functionVersion":"$LATEST","handler":"handler"})"};
  response.headers.emplace_back("Lambda-Extension-Identifier", std::move(*identifier));
  return response;
}

ServedResponse ExtensionNext(const ServedRequest& request, RuntimeState* state) {
  const auto identifier = request.headers.Find("Lambda-Extension-Identifier");
  return Denial(state->WaitForExtensionEvent(std::string(identifier.value_or(""))).error());
}

}  // namespace

ServedResponse ServeRuntimeApi(const ServedRequest& request, const std::string& function_arn, RuntimeState* state,
                               Misbehaviour* misbehaviour) {
  const bool get = request.method == "GET";
  const std::string_view path = request.path;
  if (get && path == kNext) return Next(function_arn, state, misbehaviour);
  if (get && path == kExtensionNext) return ExtensionNext(request, state);
  if (get) return Denial(404, "NotFound", "no such call");
  if (path == kInitError) return Accepted(state->FailInit(ErrorObject(request, "Runtime.Unknown")));
  if (path == kRegister) return RegisterExtension(request, state);
  if (path.starts_with(kInvocation)) return Invocation(request, state, misbehaviour);
  return Denial(404, "NotFound", "no such call");
}

}  // namespace signpost::local
