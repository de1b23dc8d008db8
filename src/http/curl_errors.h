#pragma once

#include <string_view>

#include <curl/curl.h>

#include "signpost/error.h"

namespace signpost::http {

/// "host:port" of `url` as written there: without user name, path and query, which may hold a signature.
std::string_view AuthorityOf(std::string_view url);

/// True when this process can open no further file descriptor.
bool OutOfDescriptors();

/// The kInternal error for that, with the limit in its message.
Error DescriptorError(std::string_view authority);

/// What a failed transfer means for the caller.
struct TransferFailure {
  CURLcode code;
  std::string_view authority;  ///< The peer, see AuthorityOf().
  std::string_view detail;     ///< libcurl's own text; may be empty.
  std::string_view ca_bundle;  ///< The file of trusted CAs.
  bool answer_begun;           ///< Bytes of an answer had come.
};
Error ErrorOf(const TransferFailure& failure);

}  // namespace signpost::http
