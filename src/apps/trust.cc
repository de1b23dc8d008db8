#include "apps/trust.h"

#include <array>

#include <unistd.h>

namespace signpost::apps {
namespace {

constexpr char kAmazonLinuxBundle[] = "/etc/pki/tls/certs/ca-bundle.crt";
constexpr std::array kSystemBundles = {
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Arch, Alpine
    kAmazonLinuxBundle,                    // also Fedora and Red Hat
    "/etc/ssl/ca-bundle.pem",              // SUSE
};

bool IsReadable(const char* path) { return access(path, R_OK) == 0; }

}  // namespace

std::string_view AmazonRoots() {
#ifdef SIGNPOST_AMAZON_ROOTS
  return
#include SIGNPOST_AMAZON_ROOTS
      ;
#else
  return {};
#endif
}

Trust FunctionTrust(const std::optional<std::string>& ca_bundle) {
  if (ca_bundle) return {.bundle = *ca_bundle, .pem = {}};
  if (!AmazonRoots().empty()) return {.bundle = {}, .pem = AmazonRoots()};
  return {.bundle = IsReadable(kAmazonLinuxBundle) ? kAmazonLinuxBundle : "", .pem = {}};
}

Trust CommandTrust(const std::optional<std::string>& ca_bundle) {
  if (ca_bundle) return {.bundle = *ca_bundle, .pem = {}};
  if (AmazonRoots().empty()) return {};
  for (const char* const path : kSystemBundles) {
    if (IsReadable(path)) return {.bundle = path, .pem = {}};
  }
  return {.bundle = {}, .pem = AmazonRoots()};
}

}  // namespace signpost::apps
