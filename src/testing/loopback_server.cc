#include "testing/loopback_server.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <list>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing/server_wire.h"

namespace signpost::testing {
namespace {

constexpr std::size_t kMaxHeaderBytes = 8 << 20;
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

void SplitTarget(ServerRequest* request) {
  const std::string_view target = request->target;
  const std::size_t mark = target.find('?');
  request->path = Decoded(target.substr(0, mark));
  if (mark == std::string_view::npos) return;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    request->query[Decoded(pair.substr(0, equals))] = Decoded(value);
  }
}

/// Reads "METHOD TARGET HTTP/1.x" and the fields of `head`, which ends with the last field's CRLF.
bool ParseHead(std::string_view head, ServerRequest* request, bool* http_1_0) {
  const std::size_t line_end = head.find("\r\n");
  const std::string_view line = head.substr(0, line_end);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  request->method = line.substr(0, first);
  request->target = line.substr(first + 1, last - first - 1);
  *http_1_0 = line.substr(last + 1) == "HTTP/1.0";
  SplitTarget(request);
  head.remove_prefix(line_end + 2);
  while (!head.empty()) {
    const std::string_view field = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), field.size() + 2));
    const std::size_t colon = field.find(':');
    if (colon == std::string_view::npos) return false;
    request->headers.Add(std::string(field.substr(0, colon)), std::string(Trim(field.substr(colon + 1))));
  }
  return true;
}

/// HeadOf() and what follows it are all the framing of an answer.
std::string HeadOf(const ServerReply& reply, bool close) {
  std::string head =
      fmt::format("HTTP/1.{} {} {}\r\n", reply.http_1_0 ? 0 : 1, reply.status, reply.status < 300 ? "OK" : "Scripted");
  bool has_length = false;
  for (const auto& [name, value] : reply.headers) {
    fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, value);
    has_length = has_length || EqualsIgnoringCase(name, "content-length");
  }
  const bool bodiless = reply.status < 200 || reply.status == 204 || reply.status == 304;
  if (reply.content_length) {
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", *reply.content_length);
  } else if (reply.chunked) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (!has_length && !reply.http_1_0 && !bodiless) {
    fmt::format_to(std::back_inserter(head), "Content-Length: {}\r\n", reply.body.size());
  }
  if (close) head += "Connection: close\r\n";
  return head += "\r\n";
}

std::string Image(const ServerReply& reply, bool with_body, bool close) {
  if (reply.raw) return *reply.raw;
  std::string image = HeadOf(reply, close);
  if (!with_body) return image;
  if (!reply.chunked) return image += reply.body;
  if (!reply.body.empty()) fmt::format_to(std::back_inserter(image), "{:x}\r\n{}\r\n", reply.body.size(), reply.body);
  if (reply.last_chunk) image += "0\r\n\r\n";
  return image;
}

OwnedFd Listen(std::uint16_t* port) {
  OwnedFd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd.get() < 0 || bind(fd.get(), generic, size) != 0 || listen(fd.get(), 1024) != 0 ||
      getsockname(fd.get(), generic, &size) != 0) {
    std::perror("loopback server");
    std::abort();
  }
  *port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

struct LoopbackServer::State {
  struct Connection {
    std::atomic<bool> done = false;
    std::jthread thread;
  };

  explicit State(Handler script) : handler(std::move(script)) {}

  void AcceptLoop();
  void Reap();
  void Serve(ServerWire* wire);
  bool ReadHead(ServerWire* wire, std::string* pending, ServerRequest* request, bool* http_1_0);
  bool ReadBody(ServerWire* wire, std::string* pending, ServerRequest* request);
  bool ReadChunked(ServerWire* wire, std::string* pending, ServerRequest* request);
  bool TakeBody(ServerWire* wire, std::string* pending, std::size_t size, std::string* body);
  void Record(ServerRequest* request);
  bool Answer(ServerWire* wire, const ServerRequest& request, const ServerReply& reply, bool close);
  bool Send(ServerWire* wire, const ServerRequest& request, const ServerReply& reply, bool close);

  const Handler handler;
  TlsContext tls{nullptr, SSL_CTX_free};
  std::uint16_t port = 0;
  OwnedFd listener = Listen(&port);
  OwnedFd stop_fd{eventfd(0, EFD_CLOEXEC)};  // Written once and never read: wakes every wait from then on.
  std::atomic<int> connection_total = 0;
  std::atomic<int> request_total = 0;
  std::atomic<bool> answers_expectations = true;
  std::atomic<std::size_t> body_limit = kNoLimit;

  std::mutex mutex;
  bool recording = true;                // guarded by mutex
  std::vector<ServerRequest> received;  // guarded by mutex

  std::list<Connection> connections;  // the acceptor's alone until it has ended
  std::jthread acceptor;
};

void LoopbackServer::State::Reap() {
  connections.remove_if([](Connection& connection) { return connection.done.load(); });
}

void LoopbackServer::State::AcceptLoop() {
  for (;;) {
    pollfd fds[2] = {{listener.get(), POLLIN, 0}, {stop_fd.get(), POLLIN, 0}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    OwnedFd socket(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    Reap();
    if (socket.get() < 0) {
      // Out of descriptors: the listener stays readable, so give others a moment to close theirs.
      if (errno == EMFILE || errno == ENFILE) poll(&fds[1], 1, 10);
      continue;
    }
    ++connection_total;
    Connection& connection = connections.emplace_back();
    connection.thread = std::jthread([this, &connection, accepted = std::move(socket)]() mutable {
      sigset_t pipe;
      sigemptyset(&pipe);
      sigaddset(&pipe, SIGPIPE);  // OpenSSL writes without MSG_NOSIGNAL.
      pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
      {
        ServerWire wire(std::move(accepted), stop_fd.get(), tls.get());
        if (wire.Accept()) Serve(&wire);
      }
      connection.done = true;
    });
  }
}

void LoopbackServer::State::Serve(ServerWire* wire) {
  std::string pending;  // Received and not yet consumed.
  for (;;) {
    ServerRequest request;
    bool http_1_0 = false;
    if (!ReadHead(wire, &pending, &request, &http_1_0)) return wire->End();
    if (!ReadBody(wire, &pending, &request)) return wire->End();
    Record(&request);
    const ServerReply reply = handler(request);
    const auto asked = request.headers.Find("connection");
    const bool close = reply.close || http_1_0 || (asked && EqualsIgnoringCase(*asked, "close"));
    if (!Answer(wire, request, reply, close)) return;
  }
}

bool LoopbackServer::State::ReadHead(ServerWire* wire, std::string* pending, ServerRequest* request, bool* http_1_0) {
  char buffer[16 << 10];
  std::size_t searched = 0;
  std::size_t end = 0;
  while ((end = pending->find("\r\n\r\n", searched)) == std::string::npos) {
    if (pending->size() > kMaxHeaderBytes) return false;
    searched = pending->size() < 3 ? 0 : pending->size() - 3;
    const std::size_t got = wire->Read(buffer, sizeof buffer);
    if (got == 0) return false;
    pending->append(buffer, got);
  }
  if (!ParseHead(std::string_view(*pending).substr(0, end + 2), request, http_1_0)) return false;
  pending->erase(0, end + 4);
  return true;
}

bool LoopbackServer::State::ReadBody(ServerWire* wire, std::string* pending, ServerRequest* request) {
  const auto expect = request->headers.Find("expect");
  if (expect && EqualsIgnoringCase(*expect, "100-continue") && answers_expectations) {
    if (!wire->Write("HTTP/1.1 100 Continue\r\n\r\n")) return false;
  }
  const auto encoding = request->headers.Find("transfer-encoding");
  if (encoding && EqualsIgnoringCase(*encoding, "chunked")) return ReadChunked(wire, pending, request);
  const auto length = request->headers.Find("content-length");
  if (!length) return true;
  std::size_t size = 0;
  const auto parsed = std::from_chars(length->data(), length->data() + length->size(), size);
  if (parsed.ec != std::errc() || parsed.ptr != length->data() + length->size()) return false;
  return TakeBody(wire, pending, size, &request->body);
}

bool LoopbackServer::State::ReadChunked(ServerWire* wire, std::string* pending, ServerRequest* request) {
  for (;;) {
    std::string line;
    while (!line.ends_with("\r\n")) {
      if (line.size() > 1024 || !TakeBody(wire, pending, 1, &line)) return false;
    }
    std::size_t size = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), size, 16).ec != std::errc()) return false;
    if (!TakeBody(wire, pending, size, &request->body)) return false;
    std::string crlf;
    if (!TakeBody(wire, pending, 2, &crlf) || crlf != "\r\n") return false;
    if (size == 0) return true;
  }
}

/// Moves exactly `size` bytes from `*pending` and the wire to the end of `*body`.
bool LoopbackServer::State::TakeBody(ServerWire* wire, std::string* pending, std::size_t size, std::string* body) {
  const std::size_t ready = std::min(size, pending->size());
  body->append(*pending, 0, ready);
  pending->erase(0, ready);
  size -= ready;
  char buffer[64 << 10];
  while (size > 0) {
    const std::size_t limit = body_limit;
    if (body->size() >= limit) {
      wire->Stall();
      return false;
    }
    const std::size_t got = wire->Read(buffer, std::min({size, sizeof buffer, limit - body->size()}));
    if (got == 0) return false;
    body->append(buffer, got);
    size -= got;
  }
  return true;
}

void LoopbackServer::State::Record(ServerRequest* request) {
  const std::lock_guard lock(mutex);
  request->number = request_total++;
  if (recording) received.push_back(*request);
}

/// Sends the answer and its fault; false when the connection has ended with it.
bool LoopbackServer::State::Answer(ServerWire* wire, const ServerRequest& request, const ServerReply& reply,
                                   bool close) {
  if (reply.delay.count() > 0 && !wire->Wait(reply.delay)) return wire->Reset(), false;
  if (!Send(wire, request, reply, close)) return wire->Reset(), false;
  if (reply.reset) return wire->Reset(), false;
  const bool wrong_length =
      reply.content_length && request.method != "HEAD" && *reply.content_length != reply.body.size();
  if (reply.cut_after || wrong_length || (reply.chunked && !reply.last_chunk)) return wire->Cut(), false;
  if (close || reply.http_1_0 || reply.raw) return wire->End(), false;
  return true;
}

bool LoopbackServer::State::Send(ServerWire* wire, const ServerRequest& request, const ServerReply& reply, bool close) {
  const bool with_body = request.method != "HEAD" && reply.status != 204 && reply.status != 304;
  if (with_body && !reply.raw && !reply.chunked && !reply.cut_after && reply.drip_bytes == 0) {
    return wire->Write(HeadOf(reply, close), /*more=*/!reply.body.empty()) && wire->Write(reply.body);
  }
  const std::string image = Image(reply, with_body, close);
  std::string_view left = std::string_view(image).substr(0, reply.cut_after.value_or(kNoLimit));
  const std::size_t step = reply.drip_bytes == 0 ? kNoLimit : reply.drip_bytes;
  while (!left.empty()) {
    const std::string_view piece = left.substr(0, step);
    if (!wire->Write(piece)) return false;
    left.remove_prefix(piece.size());
    if (!left.empty() && !wire->Wait(reply.drip_interval)) return false;
  }
  return true;
}

LoopbackServer::LoopbackServer(Handler handler, std::optional<TlsFiles> tls)
    : state_(std::make_unique<State>(std::move(handler))) {
  if (tls) state_->tls = MakeServerTls(tls->certificate_pem, tls->private_key_pem);
  state_->acceptor = std::jthread([state = state_.get()] { state->AcceptLoop(); });
}

LoopbackServer::~LoopbackServer() {
  const std::uint64_t one = 1;
  if (write(state_->stop_fd.get(), &one, sizeof one) != static_cast<ssize_t>(sizeof one)) std::abort();
  state_->acceptor.join();
  state_->connections.clear();  // Joins each thread.
}

std::uint16_t LoopbackServer::port() const { return state_->port; }

std::string LoopbackServer::url() const {
  return fmt::format("{}://127.0.0.1:{}", state_->tls ? "https" : "http", state_->port);
}

int LoopbackServer::request_count() const { return state_->request_total; }

int LoopbackServer::connection_count() const { return state_->connection_total; }

std::vector<ServerRequest> LoopbackServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->received;
}

void LoopbackServer::StopRecording() {
  const std::lock_guard lock(state_->mutex);
  state_->recording = false;
}

void LoopbackServer::IgnoreExpectations() { state_->answers_expectations = false; }

void LoopbackServer::StallBodiesAfter(std::size_t bytes) { state_->body_limit = bytes; }

}  // namespace signpost::testing
