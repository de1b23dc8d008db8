#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/server_wire.h"

namespace signpost::testing {

/// A request's head: the line and the headers that the synthetic server looks at.
struct SyntheticHead {
  std::string method;
  std::string bucket;                                        ///< Path style: the first segment, decoded.
  std::string key;                                           ///< The rest of the path, decoded; may be empty.
  std::map<std::string, std::string, std::less<>> query;     ///< Decoded ('+' stays).
  std::vector<std::pair<std::string, std::string>> headers;  ///< Names in lower case.
  std::uint64_t content_length = 0;
  bool keep_alive = true;

  /// The value, or "" when it is absent.
  std::string_view Header(std::string_view name) const;
  std::string_view Query(std::string_view name) const;
  bool Has(std::string_view name) const { return query.contains(name); }
};

/// Reads HTTP/1.1 requests with a Content-Length off a connection, keeping its buffer between them. For one thread.
class SyntheticReader {
 public:
  explicit SyntheticReader(ServerWire* wire) : wire_(wire) {}

  /// Nothing at the peer's end, or when what comes is no HTTP request with a head of at most 64 KiB.
  std::optional<SyntheticHead> ReadHead();

  /// Reads the body into `*body`, or past it when `body` is null. Sends 100 Continue where it is expected.
  bool ReadBody(const SyntheticHead& head, std::string* body);

 private:
  bool Fill();

  ServerWire* const wire_;
  std::string buffer_;
};

}  // namespace signpost::testing
