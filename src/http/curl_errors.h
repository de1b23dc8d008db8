#pragma once

#include <string>
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

/// What a failed transfer means for the caller. `detail` is libcurl's own text and may be empty; `answer_begun`: bytes
/// of an answer had come.
Error ErrorOf(CURLcode code, CURL* easy, std::string_view authority, std::string_view detail, bool answer_begun);

}  // namespace signpost::http
