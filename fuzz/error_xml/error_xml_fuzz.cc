// Any bytes as a service's error answer: no crash, and the error is one line of bounded length.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "aws/credentials_json.h"
#include "aws/service_error.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsOneLine(const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  signpost::http::Response response;
  response.body.assign(reinterpret_cast<const char*>(data), size);
  for (const int status : {200, 301, 400, 403, 404, 503}) {
    response.status = status;
    const auto error = signpost::aws::ServiceError("asking", response);
    Require(error.http_status == status);
    const std::string line = error.ToString();
    Require(IsOneLine(line) && line.size() < 2'000);
    Require(IsOneLine(error.region) && IsOneLine(error.request_id) && IsOneLine(error.service_code));
  }
  if (signpost::aws::IsErrorDocument(response.body)) Require(response.body.find("<Error") != std::string::npos);
  if (const auto credentials = signpost::aws::ParseCredentialsJson(response.body, "asking")) {
    Require(!credentials->access_key_id.empty() && !credentials->secret_access_key.empty());
  } else {
    Require(credentials.error().message.size() < 200);
  }
  return 0;
}
