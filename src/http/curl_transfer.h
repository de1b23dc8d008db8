#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <curl/curl.h>

#include "http/transport.h"

namespace signpost::http {

/// The receiving end of one transfer: what libcurl's callbacks write to. Refuses an answer that is too large.
class CurlTransfer {
 public:
  /// Clears `*response`, which must outlive this object as `request` must.
  CurlTransfer(CURL* easy, const Request& request, Response* response);

  /// Makes libcurl call this object until the next transfer is installed.
  void Install();

  /// True when the final answer's head came to its end.
  bool HeadComplete() const { return head_complete_ && response_->status >= 200; }
  std::uint64_t received() const { return received_; }
  /// Why a callback ended the transfer, if one did.
  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  static std::size_t OnHeader(char* data, std::size_t one, std::size_t size, void* self);
  static std::size_t OnBody(char* data, std::size_t one, std::size_t size, void* self);

  bool TakeHeader(std::string_view line);
  bool TakeBody(std::string_view bytes);
  bool Refuse(ErrorCode code, std::string message);

  CURL* const easy_;
  const Request& request_;
  Response* const response_;
  std::uint64_t received_ = 0;
  std::size_t header_bytes_ = 0;
  bool head_complete_ = false;
  std::optional<Error> refusal_;
};

}  // namespace signpost::http
