#include "http/curl_transfer.h"

#include <algorithm>
#include <new>

#include <fmt/format.h>

#include "http/curl_errors.h"

namespace signpost::http {
namespace {

constexpr std::size_t kMaxHeaderBytes = 256 << 10;

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

}  // namespace

CurlTransfer::CurlTransfer(CURL* easy, const Request& request, Response* response)
    : easy_(easy), request_(request), response_(response) {
  response_->status = 0;
  response_->headers.clear();
  response_->body.clear();
}

void CurlTransfer::Install() {
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &CurlTransfer::OnHeader);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &CurlTransfer::OnBody);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
}

std::size_t CurlTransfer::OnHeader(char* data, std::size_t /*one*/, std::size_t size, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  try {
    return transfer->TakeHeader({data, size}) ? size : 0;
  } catch (const std::bad_alloc&) {
    transfer->Refuse(ErrorCode::kInternal, "out of memory for an answer's headers");
    return 0;
  }
}

std::size_t CurlTransfer::OnBody(char* data, std::size_t /*one*/, std::size_t size, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  try {
    return transfer->TakeBody({data, size}) ? size : 0;
  } catch (const std::bad_alloc&) {
    transfer->Refuse(ErrorCode::kInternal, "out of memory for an answer's body");
    return 0;
  }
}

bool CurlTransfer::TakeHeader(std::string_view line) {
  received_ += line.size();
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaderBytes) {
    return Refuse(ErrorCode::kDataLoss,
                  fmt::format("the headers from {} exceed {} bytes", AuthorityOf(request_.url), kMaxHeaderBytes));
  }
  const std::string_view text = Trim(line);
  if (text.empty()) {
    head_complete_ = true;
    return true;
  }
  const std::size_t colon = text.find(':');
  if (line.starts_with("HTTP/") && response_->body.empty()) {  // The first one, or one after "100 Continue".
    head_complete_ = false;
    response_->headers.clear();
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_->status = static_cast<int>(status);
  } else if (colon != std::string_view::npos) {
    response_->headers.Add(std::string(Trim(text.substr(0, colon))), std::string(Trim(text.substr(colon + 1))));
  }
  return true;
}

bool CurlTransfer::TakeBody(std::string_view bytes) {
  std::string& body = response_->body;
  received_ += bytes.size();
  if (body.empty()) {
    curl_off_t length = -1;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0) body.reserve(std::min<std::uint64_t>(static_cast<std::uint64_t>(length), request_.max_body_bytes));
  }
  if (bytes.size() > request_.max_body_bytes - body.size()) {
    return Refuse(ErrorCode::kDataLoss, fmt::format("the answer from {} exceeds {} bytes", AuthorityOf(request_.url),
                                                    request_.max_body_bytes));
  }
  body.append(bytes);
  return true;
}

bool CurlTransfer::Refuse(ErrorCode code, std::string message) {
  refusal_.emplace();
  refusal_->code = code;
  refusal_->message = std::move(message);
  return false;
}

}  // namespace signpost::http
