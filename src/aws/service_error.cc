#include "aws/service_error.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "base/time_format.h"

namespace signpost::aws {
namespace {

struct KnownCode {
  std::string_view service_code;
  ErrorCode code;
};

/// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and the common errors of the query and JSON
/// APIs.
constexpr KnownCode kKnownCodes[] = {
    {"SlowDown", ErrorCode::kThrottled},
    {"Throttling", ErrorCode::kThrottled},
    {"ThrottlingException", ErrorCode::kThrottled},
    {"ThrottledException", ErrorCode::kThrottled},
    {"RequestThrottled", ErrorCode::kThrottled},
    {"RequestLimitExceeded", ErrorCode::kThrottled},
    {"TooManyRequestsException", ErrorCode::kThrottled},
    {"ProvisionedThroughputExceededException", ErrorCode::kThrottled},
    {"BandwidthLimitExceeded", ErrorCode::kThrottled},
    {"InternalError", ErrorCode::kUnavailable},
    {"InternalFailure", ErrorCode::kUnavailable},
    {"ServiceUnavailable", ErrorCode::kUnavailable},
    {"RequestTimeout", ErrorCode::kUnavailable},
    {"OperationAborted", ErrorCode::kUnavailable},
    {"IDPCommunicationError", ErrorCode::kUnavailable},
    {"TransactionConflictException", ErrorCode::kUnavailable},
    {"BadDigest", ErrorCode::kUnavailable},
    {"XAmzContentSHA256Mismatch", ErrorCode::kUnavailable},
    {"IncompleteBody", ErrorCode::kUnavailable},
    {"NoSuchBucket", ErrorCode::kNotFound},
    {"NoSuchKey", ErrorCode::kNotFound},
    {"NoSuchUpload", ErrorCode::kNotFound},
    {"ResourceNotFoundException", ErrorCode::kNotFound},
    {"QueueDoesNotExist", ErrorCode::kNotFound},
    {"AWS.SimpleQueueService.NonExistentQueue", ErrorCode::kNotFound},
    {"AccessDenied", ErrorCode::kDenied},
    {"AccessDeniedException", ErrorCode::kDenied},
    {"AllAccessDisabled", ErrorCode::kDenied},
    {"AccountProblem", ErrorCode::kDenied},
    {"InvalidObjectState", ErrorCode::kDenied},
    {"KMS.DisabledException", ErrorCode::kDenied},
    {"InvalidAccessKeyId", ErrorCode::kUnauthenticated},
    {"SignatureDoesNotMatch", ErrorCode::kUnauthenticated},
    {"ExpiredToken", ErrorCode::kUnauthenticated},
    {"ExpiredTokenException", ErrorCode::kUnauthenticated},
    {"InvalidToken", ErrorCode::kUnauthenticated},
    {"InvalidClientTokenId", ErrorCode::kUnauthenticated},
    {"UnauthorizedException", ErrorCode::kUnauthenticated},
    {"UnrecognizedClientException", ErrorCode::kUnauthenticated},
    {"InvalidSignatureException", ErrorCode::kUnauthenticated},
    {"AuthorizationHeaderMalformed", ErrorCode::kUnauthenticated},
    {"RequestTimeTooSkewed", ErrorCode::kUnauthenticated},
    {"PreconditionFailed", ErrorCode::kConflict},
    {"ConditionalRequestConflict", ErrorCode::kConflict},
    {"ConditionalCheckFailedException", ErrorCode::kConflict},
};

ErrorCode CodeOfStatus(int status) {
  switch (status) {
    case 401:
      return ErrorCode::kUnauthenticated;
    case 403:
      return ErrorCode::kDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 408:
      return ErrorCode::kUnavailable;
    case 409:
    case 412:
      return ErrorCode::kConflict;
    case 429:
    case 503:
      return ErrorCode::kThrottled;
    default:
      // A status below 300 with an error document that says nothing known: as if the service had failed.
      return status >= 500 || status < 300 ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument;
  }
}

ErrorCode CodeOf(std::string_view service_code, int status) {
  const auto known = std::ranges::find(kKnownCodes, service_code, &KnownCode::service_code);
  return known == std::end(kKnownCodes) ? CodeOfStatus(status) : known->code;
}

/// The service's own text as a part of one line.
std::string OneLine(std::string_view text) {
  constexpr std::size_t kMost = 300;
  std::string line;
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    line += byte < 0x20 || byte == 0x7f ? ' ' : c;
  }
  if (text.size() > kMost) line += "...";
  return line;
}

struct Said {
  std::string code;
  std::string message;
  std::string request_id;
  std::string region;
};

/// S3: `<Error><Code>`; STS and other query APIs: `<ErrorResponse><Error><Code>`.
Said ReadXml(std::string_view body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return {};
  const pugi::xml_node root = document.document_element();
  const pugi::xml_node error = std::string_view(root.name()) == "ErrorResponse" ? root.child("Error") : root;
  if (std::string_view(error.name()) != "Error") return {};
  Said said{error.child_value("Code"), error.child_value("Message"), error.child_value("RequestId"),
            error.child_value("Region")};
  if (said.request_id.empty()) said.request_id = root.child_value("RequestId");
  return said;
}

/// `{"__type":"prefix#Code","message":...}`; older services write "Message" or "code".
Said ReadJson(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  const auto text = [&json](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names) {
      if (const auto found = json.find(name); found != json.end() && found->is_string()) {
        return found->get<std::string>();
      }
    }
    return {};
  };
  Said said{text({"__type", "code", "error"}), text({"message", "Message", "error_description"}), {}, {}};
  said.code = said.code.substr(said.code.find('#') + 1);
  return said;
}

std::optional<std::chrono::milliseconds> RetryAfter(const http::Headers& headers) {
  const auto value = headers.Find("retry-after");
  if (!value) return std::nullopt;
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (error == std::errc() && end == value->data() + value->size()) return std::chrono::seconds(seconds);
  const auto until = ParseHttpDate(*value);
  const auto date = headers.Find("date");
  const auto now = date ? ParseHttpDate(*date) : ParseHttpDate(*value);
  if (!until || !now || *until < *now) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(*until - *now);
}

std::string FirstHeader(const http::Headers& headers, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto value = headers.Find(name)) return std::string(*value);
  }
  return {};
}

}  // namespace

Error ServiceError(std::string_view what, const http::Response& response) {
  const std::size_t start = response.body.find_first_not_of(" \t\r\n");
  const char first = start == std::string::npos ? '\0' : response.body[start];
  Said said = first == '<' ? ReadXml(response.body) : first == '{' ? ReadJson(response.body) : Said{};
  const auto type = response.headers.Find("x-amzn-errortype");
  if (said.code.empty() && type) said.code = type->substr(0, type->find(':'));
  Error error;
  error.code = CodeOf(said.code, response.status);
  error.message = what;
  error.message += ": ";
  error.message += said.message.empty() ? "the service refused" : OneLine(said.message);
  error.service_code = OneLine(said.code);
  error.http_status = response.status;
  error.request_id = FirstHeader(response.headers, {"x-amz-request-id", "x-amzn-requestid"});
  if (error.request_id.empty()) error.request_id = OneLine(said.request_id);
  error.region = FirstHeader(response.headers, {"x-amz-bucket-region"});
  if (error.region.empty()) error.region = OneLine(said.region);
  error.retry_after = RetryAfter(response.headers);
  return error;
}

bool IsErrorDocument(std::string_view body) {
  const auto skip_space = [&body] { body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size())); };
  skip_space();
  if (body.starts_with("<?")) {
    const std::size_t end = body.find("?>");
    if (end == std::string_view::npos) return false;
    body.remove_prefix(end + 2);
    skip_space();
  }
  return body.starts_with("<Error>") || body.starts_with("<Error ");
}

}  // namespace signpost::aws
