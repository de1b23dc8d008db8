#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "signpost/error.h"

#include "http/transport.h"

namespace signpost::local {

/// A request to one of the emulator's servers.
struct ServedRequest {
  std::string method;
  std::string path;  ///< Percent-decoded, without the query.
  http::Headers headers;
  std::string body;
  bool body_too_large = false;  ///< More than the server takes; `body` is not complete.
};

/// Its answer.
struct ServedResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json";
  std::string body;
  bool drop = false;  ///< End the connection instead of answering.
};

/// An HTTP/1.1 server on 127.0.0.1, on cpp-httplib. The destructor ends every connection and joins every thread; a
/// handler that waits must be woken before.
class HttpServer {
 public:
  struct Options {
    std::uint16_t port = 0;    ///< 0: any free one.
    std::size_t threads = 16;  ///< Connections served at a time; more wait.
    std::size_t most_body_bytes = 64 << 20;
  };
  /// Called concurrently, once for each request.
  using Handler = std::function<ServedResponse(const ServedRequest&)>;

  /// kUnavailable when the port is taken.
  static Result<std::unique_ptr<HttpServer>> Start(const Options& options, Handler handler);
  ~HttpServer();

  std::uint16_t port() const;
  /// "127.0.0.1:PORT".
  std::string address() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace signpost::local
