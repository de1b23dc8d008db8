#include "testing/server_wire.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"

namespace signpost::testing {
namespace {

constexpr std::size_t kMaxIo = 1 << 20;  // Fits every OpenSSL length, which is an int.

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "loopback server: %s\n", what);
  std::abort();
}

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio MemoryBio(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
}

}  // namespace

void OwnedFd::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

std::string Decoded(std::string_view part) {
  std::string out;
  if (!AppendPercentDecoded(part, /*plus_is_space=*/false, &out)) out.assign(part);
  return out;
}

TlsContext MakeServerTls(std::string_view certificate_pem, std::string_view private_key_pem) {
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) Die("no TLS context");
  const Bio certificates = MemoryBio(certificate_pem);
  X509* leaf = PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr);
  if (leaf == nullptr || SSL_CTX_use_certificate(context.get(), leaf) != 1) Die("the certificate is not PEM");
  X509_free(leaf);
  while (X509* next = PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context.get(), next) != 1) Die("the chain is not usable");
  }
  ERR_clear_error();  // The loop above ends with "no start line".
  const Bio key_text = MemoryBio(private_key_pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr);
  if (key == nullptr || SSL_CTX_use_PrivateKey(context.get(), key) != 1) Die("the private key is not PEM");
  EVP_PKEY_free(key);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

ServerWire::ServerWire(OwnedFd socket, int stop_fd, SSL_CTX* tls)
    : socket_(std::move(socket)), stop_fd_(stop_fd), ssl_(tls == nullptr ? nullptr : SSL_new(tls), SSL_free) {
  fcntl(socket_.get(), F_SETFL, fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (ssl_) SSL_set_fd(ssl_.get(), socket_.get());
}

/// False when stopped, on an error of poll() or after `timeout_ms` (-1: never).
bool ServerWire::Await(short events, int timeout_ms) {
  pollfd fds[2] = {{socket_.get(), events, 0}, {stop_fd_, POLLIN, 0}};
  int ready = 0;
  do {
    ready = poll(fds, 2, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0 && fds[1].revents == 0;
}

/// Waits for what an SSL call with this `result` asks for; false when it failed for good.
bool ServerWire::AwaitTls(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Await(POLLIN, -1);
    case SSL_ERROR_WANT_WRITE:
      return Await(POLLOUT, -1);
    default:
      ERR_clear_error();
      return false;
  }
}

bool ServerWire::Accept() {
  if (!ssl_) return true;
  for (;;) {
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return true;
    if (!AwaitTls(result)) return false;
  }
}

std::size_t ServerWire::Read(char* buffer, std::size_t size) {
  for (;;) {
    if (ssl_) {
      const int got = SSL_read(ssl_.get(), buffer, static_cast<int>(std::min(size, kMaxIo)));
      if (got > 0) return static_cast<std::size_t>(got);
      if (!AwaitTls(got)) return 0;
    } else {
      if (!Await(POLLIN, -1)) return 0;
      const ssize_t got = recv(socket_.get(), buffer, size, 0);
      if (got > 0) return static_cast<std::size_t>(got);
      if (got == 0 || (errno != EAGAIN && errno != EINTR)) return 0;
    }
  }
}

bool ServerWire::Write(std::string_view bytes, bool more) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kMaxIo);
    if (ssl_) {
      const int sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(size));
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if (!AwaitTls(sent)) {
        return false;
      }
    } else {
      const ssize_t sent = send(socket_.get(), bytes.data(), size, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      } else if ((errno != EAGAIN && errno != EINTR) || !Await(POLLOUT, -1)) {
        return false;
      }
    }
  }
  return true;
}

bool ServerWire::Wait(std::chrono::milliseconds duration) {
  const auto end = std::chrono::steady_clock::now() + duration;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return true;
    pollfd fds[2] = {{socket_.get(), POLLRDHUP, 0}, {stop_fd_, POLLIN, 0}};
    const int ready = poll(fds, 2, static_cast<int>(std::min<std::int64_t>(left, 1 << 30)));
    if (ready > 0) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

void ServerWire::Stall() { Await(POLLRDHUP, -1); }

void ServerWire::End() {
  if (ssl_ && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  Cut();
}

void ServerWire::Cut() {
  if (socket_.get() >= 0) shutdown(socket_.get(), SHUT_WR);
  ssl_.reset();
  socket_.Close();
}

void ServerWire::Reset() {
  const linger abort_on_close{1, 0};
  setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &abort_on_close, sizeof abort_on_close);
  ssl_.reset();
  socket_.Close();
}

}  // namespace signpost::testing
