#include "local/http_server.h"

#include <optional>
#include <thread>

#include <fmt/format.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace signpost::local {
namespace {

constexpr char kLoopback[] = "127.0.0.1";
constexpr std::time_t kKeepAliveSeconds = 3600;  // A frozen function's connection stays.
constexpr std::time_t kTransferSeconds = 60;     // For one read or write.
constexpr int kMostDescriptors = 4096;

int PortOf(const sockaddr_in& address) { return address.sin_family == AF_INET ? ntohs(address.sin_port) : -1; }

/// Ends the connections between our `port` and `peer_port` (empty: anyone). cpp-httplib does not tell which descriptor
/// belongs to a request, and does not end connections by itself.
void EndConnections(int port, std::optional<int> peer_port) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int most = std::min(static_cast<int>(std::min<rlim_t>(limit.rlim_cur, kMostDescriptors)), kMostDescriptors);
  for (int fd = 3; fd < most; ++fd) {
    sockaddr_in mine{};
    sockaddr_in peer{};
    socklen_t size = sizeof mine;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&mine), &size) != 0 || PortOf(mine) != port) continue;
    size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (!peer_port || PortOf(peer) == *peer_port) shutdown(fd, SHUT_RDWR);
  }
}

http::Headers HeadersOf(const httplib::Request& request) {
  http::Headers headers;
  for (const auto& [name, value] : request.headers) headers.Add(name, value);
  return headers;
}

}  // namespace

struct HttpServer::State {
  httplib::Server server;
  Options options;
  Handler handler;
  int port = 0;
  std::thread thread;

  void Serve(const httplib::Request& request, httplib::Response& response, ServedRequest served) const {
    served.method = request.method;
    served.path = request.path;
    served.headers = HeadersOf(request);
    ServedResponse answer = handler(served);
    if (answer.drop) return EndConnections(port, request.remote_port);
    response.status = answer.status;
    for (auto& [name, value] : answer.headers) response.set_header(name, value);
    response.set_content(std::move(answer.body), answer.content_type);
  }

  /// The body whatever its content type, as far as it may go; httplib itself takes only short forms.
  ServedRequest ReadBody(const httplib::ContentReader& reader) const {
    ServedRequest served;
    const auto take = [&](const char* data, std::size_t size) {
      served.body_too_large = served.body_too_large || served.body.size() + size > options.most_body_bytes;
      if (!served.body_too_large) served.body.append(data, size);
      return true;
    };
    if (!reader(take)) served.body_too_large = true;
    return served;
  }

  void Configure() {
    server.new_task_queue = [threads = options.threads] { return new httplib::ThreadPool(threads); };
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(static_cast<std::size_t>(1) << 30);
    server.set_keep_alive_timeout(kKeepAliveSeconds);
    server.set_read_timeout(kTransferSeconds);
    server.set_write_timeout(kTransferSeconds);
    // Not SO_REUSEPORT, which is httplib's default: a second emulator on the same port is an error.
    server.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server.Get(".*",
               [this](const httplib::Request& request, httplib::Response& response) { Serve(request, response, {}); });
    server.Post(".*", [this](const httplib::Request& request, httplib::Response& response,
                             const httplib::ContentReader& reader) { Serve(request, response, ReadBody(reader)); });
  }
};

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const Options& options, Handler handler) {
  auto state = std::make_unique<State>();
  state->options = options;
  state->handler = std::move(handler);
  state->Configure();
  state->port = options.port;
  const bool bound = options.port == 0 ? (state->port = state->server.bind_to_any_port(kLoopback)) > 0
                                       : state->server.bind_to_port(kLoopback, options.port);
  if (!bound) {
    return Fail(ErrorCode::kUnavailable, fmt::format("cannot listen on {}:{}: is it taken?", kLoopback, options.port));
  }
  state->thread = std::thread([raw = state.get()] { raw->server.listen_after_bind(); });
  // stop() has no effect before this.
  while (!state->server.is_running()) std::this_thread::yield();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

HttpServer::~HttpServer() {
  state_->server.stop();
  EndConnections(state_->port, std::nullopt);
  state_->thread.join();
}

std::uint16_t HttpServer::port() const { return static_cast<std::uint16_t>(state_->port); }

std::string HttpServer::address() const { return fmt::format("{}:{}", kLoopback, state_->port); }

}  // namespace signpost::local
