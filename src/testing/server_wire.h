#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/ssl.h>

namespace signpost::testing {

/// A file descriptor that is closed with its owner.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnedFd() { Close(); }

  int get() const { return fd_; }
  void Close();

 private:
  int fd_ = -1;
};

/// A part of a request's target without its percent escapes; as it is where one is wrong.
std::string Decoded(std::string_view part);

using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// A server's TLS settings from PEM text; `certificate_pem` may hold a chain. Ends the program when either is not PEM.
TlsContext MakeServerTls(std::string_view certificate_pem, std::string_view private_key_pem);

/// One accepted connection, in clear or under TLS. Every wait ends at once when `stop_fd` becomes readable; from then
/// on all calls fail. For one thread.
class ServerWire {
 public:
  /// Takes `socket`. `stop_fd` and `tls` (null: clear) must outlive this object.
  ServerWire(OwnedFd socket, int stop_fd, SSL_CTX* tls);

  /// Completes the TLS handshake; false when the peer does not want to.
  bool Accept();

  /// The number of bytes read into `buffer`, at least 1; 0 at the peer's end, on an error or when stopped.
  std::size_t Read(char* buffer, std::size_t size);

  /// False when the peer is gone or the server is stopped. `more`: further bytes follow soon.
  bool Write(std::string_view bytes, bool more = false);

  /// False when the peer went away or the server was stopped before `duration` had passed.
  bool Wait(std::chrono::milliseconds duration);

  /// Holds the connection without reading until the peer resets it or the server is stopped.
  void Stall();

  /// Ends in order: close_notify under TLS, then FIN.
  void End();
  /// Ends with FIN alone: under TLS a truncation.
  void Cut();
  /// Ends with RST.
  void Reset();

 private:
  bool Await(short events, int timeout_ms);
  bool AwaitTls(int result);

  OwnedFd socket_;
  const int stop_fd_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

}  // namespace signpost::testing
