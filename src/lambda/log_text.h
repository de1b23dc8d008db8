#pragma once

#include <string>
#include <string_view>

namespace signpost::lambda {

/// `text` cut to 200 bytes, at a character's end, with "..." where something is missing: keys and other people's words
/// as a part of a message.
std::string Excerpt(std::string_view text);

/// `text` without what a presigned URL or an Authorization header would betray: the values of X-Amz-Signature,
/// X-Amz-Security-Token, X-Amz-Credential and Signature become "***". A second wall: no message should hold them.
std::string Redact(std::string_view text);

}  // namespace signpost::lambda
