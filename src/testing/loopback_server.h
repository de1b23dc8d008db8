#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/transport.h"

namespace signpost::testing {

/// A request as it came over the wire, body included (chunked bodies are joined).
struct ServerRequest {
  std::string method;
  std::string target;                        ///< As on the request line.
  std::string path;                          ///< `target` up to '?', percent-decoded.
  std::map<std::string, std::string> query;  ///< Percent-decoded ('+' stays).
  http::Headers headers;
  std::string body;
  int number = 0;  ///< 0 for the first request that the server received, 1 for the next, ...
};

/// What the server does with a request: an answer and, if asked, a fault in delivering it.
struct ServerReply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::chrono::milliseconds delay{0};  ///< Wait before the first byte.
  std::optional<std::size_t>
      cut_after;               ///< Send only this many bytes of the whole answer (headers included), then end.
  bool reset = false;          ///< End with RST instead of FIN.
  std::size_t drip_bytes = 0;  ///< Not 0: send this many bytes at a time ...
  std::chrono::milliseconds drip_interval{0};   ///< ... with this pause.
  std::optional<std::uint64_t> content_length;  ///< A false Content-Length.
  bool chunked = false;                         ///< Transfer-Encoding: chunked, one chunk ...
  bool last_chunk = true;                       ///< ... and the terminating one.
  bool close = false;                           ///< Connection: close.
  bool http_1_0 = false;                        ///< Answer as HTTP/1.0 without a length, then end.
  std::optional<std::string> raw;               ///< These bytes instead of any framing of ours.
};

/// An HTTP server on a free loopback port, a thread for each connection, with scripted faults. The destructor ends all
/// connections and joins all threads. Thread-safe.
class LoopbackServer {
 public:
  /// Called concurrently, once per request.
  using Handler = std::function<ServerReply(const ServerRequest&)>;

  struct TlsFiles {
    std::string certificate_pem;  ///< PEM text.
    std::string private_key_pem;  ///< PEM text.
  };

  explicit LoopbackServer(Handler handler, std::optional<TlsFiles> tls = std::nullopt);
  ~LoopbackServer();

  std::uint16_t port() const;
  /// "http://127.0.0.1:PORT" or "https://127.0.0.1:PORT".
  std::string url() const;

  int request_count() const;
  int connection_count() const;
  /// Everything received so far, in order of arrival; bodies included.
  std::vector<ServerRequest> requests() const;
  /// Large runs: remember nothing from now on.
  void StopRecording();

  /// From now on "Expect: 100-continue" is not answered; the server waits for the body all the same.
  void IgnoreExpectations();
  /// From now on only this many bytes of each request body are read; then the connection is left standing.
  void StallBodiesAfter(std::size_t bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace signpost::testing
