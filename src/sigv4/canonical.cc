#include "sigv4/canonical.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "base/bytes.h"
#include "base/time_format.h"

namespace signpost::sigv4 {
namespace {

std::string FoldSpaces(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool space = c == ' ' || c == '\t';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  if (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

std::string CanonicalQuery(const NameValues& raw) {
  NameValues encoded;
  encoded.reserve(raw.size());
  for (const auto& [name, value] : raw) encoded.emplace_back(PercentEncode(name), PercentEncode(value));
  std::ranges::sort(encoded);
  std::string query;
  for (const auto& [name, value] : encoded) {
    if (!query.empty()) query += '&';
    query.append(name).append("=").append(value);
  }
  return query;
}

std::string CredentialScope(std::chrono::sys_seconds time, const Region& region, std::string_view service) {
  std::string scope = FormatBasic(time).substr(0, 8);
  scope.append("/").append(region.name).append("/").append(service).append("/aws4_request");
  return scope;
}

std::string StringToSignHead(std::chrono::sys_seconds time, std::string_view scope) {
  std::string head(kAlgorithm);
  head.append("\n").append(FormatBasic(time)).append("\n").append(scope).append("\n");
  return head;
}

HmacKey SigningKey(std::string_view secret, std::chrono::sys_seconds time, const Region& region,
                   std::string_view service) {
  std::string start;
  start.reserve(4 + secret.size());  // No second copy by growing.
  start.append("AWS4").append(secret);
  const HmacKey key(AsBytes(start));
  explicit_bzero(start.data(), start.size());
  return key.Derive(FormatBasic(time).substr(0, 8)).Derive(region.name).Derive(service).Derive("aws4_request");
}

CanonicalHeaders Canonicalize(const NameValues& headers) {
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : headers) {
    const auto [line, is_new] = values.try_emplace(LowerCase(name));
    if (!is_new) line->second += ',';
    line->second += FoldSpaces(value);
  }
  CanonicalHeaders canonical;
  for (const auto& [name, value] : values) {
    canonical.block.append(name).append(":").append(value).append("\n");
    if (!canonical.signed_names.empty()) canonical.signed_names += ';';
    canonical.signed_names += name;
  }
  return canonical;
}

std::string CanonicalRequest(const SignableRequest& request, const CanonicalHeaders& headers) {
  std::string text(request.method);
  text.append("\n").append(request.encoded_path);
  text.append("\n").append(CanonicalQuery(request.query));
  text.append("\n").append(headers.block);
  text.append("\n").append(headers.signed_names);
  text.append("\n").append(request.payload_hash);
  return text;
}

}  // namespace signpost::sigv4
