#include "http/curl_errors.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

namespace signpost::http {
namespace {

Error Make(ErrorCode code, std::string message) {
  Error error;
  error.code = code;
  error.message = std::move(message);
  return error;
}

}  // namespace

std::string_view AuthorityOf(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  return url;
}

bool OutOfDescriptors() {
  const int probe = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (probe < 0) return errno == EMFILE || errno == ENFILE;
  close(probe);
  return false;
}

Error DescriptorError(std::string_view authority) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return Make(ErrorCode::kInternal,
              fmt::format("cannot connect to {}: out of file descriptors (limit {}; raise it with 'ulimit -n' or lower "
                          "the concurrency)",
                          authority, static_cast<std::uint64_t>(limit.rlim_cur)));
}

Error ErrorOf(const TransferFailure& failure) {
  const std::string_view authority = failure.authority;
  const std::string_view detail = failure.detail.empty() ? curl_easy_strerror(failure.code) : failure.detail;
  switch (failure.code) {
    case CURLE_URL_MALFORMAT:
      return Make(ErrorCode::kInvalidArgument, fmt::format("the URL of {} is malformed", authority));
    case CURLE_LOGIN_DENIED:
      return Make(ErrorCode::kInvalidArgument, fmt::format("the URL of {} holds a user name", authority));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      if (failure.code == CURLE_SSL_CACERT_BADFILE && OutOfDescriptors()) return DescriptorError(authority);
      return Make(ErrorCode::kInvalidArgument, fmt::format("cannot verify the TLS peer {}: {} (CA certificates: {})",
                                                           authority, detail, failure.ca_bundle));
    case CURLE_OUT_OF_MEMORY:
      // libcurl's word for a header line over its own limit of 100 KiB, too.
      if (failure.answer_begun) {
        return Make(ErrorCode::kDataLoss, fmt::format("a header line from {} is too long", authority));
      }
      return Make(ErrorCode::kInternal, fmt::format("out of memory while talking to {}", authority));
    case CURLE_FAILED_INIT:
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      if (OutOfDescriptors()) return DescriptorError(authority);
      break;
    default:
      break;
  }
  return Make(ErrorCode::kUnavailable, fmt::format("no complete answer from {}: {}", authority, detail));
}

}  // namespace signpost::http
