#include "testing/loopback_server.h"

#include <chrono>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace signpost::testing {
namespace {

using namespace std::chrono_literals;

/// A blocking socket and nothing more: an oracle for what is on the wire.
class PlainClient {
 public:
  explicit PlainClient(const LoopbackServer& server) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server.port());
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  PlainClient(const PlainClient&) = delete;
  PlainClient& operator=(const PlainClient&) = delete;
  ~PlainClient() { close(fd_); }

  void Write(std::string_view bytes) {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  std::string ReadExactly(std::size_t size) {
    std::string all;
    char c = 0;
    while (all.size() < size && recv(fd_, &c, 1, 0) == 1) all += c;
    return all;
  }
  /// Everything until the end; `*error` is 0 for FIN and ECONNRESET for RST.
  std::string ReadToEnd(int* error) {
    std::string all;
    char buffer[4096];
    for (;;) {
      const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
      *error = got < 0 ? errno : 0;
      if (got <= 0) return all;
      all.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  const int fd_;
};

constexpr std::string_view kGet = "GET /a%20b?x=1%2B+&y HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kHello = "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello";

ServerReply Hello() {
  ServerReply reply;
  reply.headers = {{"X-A", "b"}};
  reply.body = "hello";
  return reply;
}

/// What the server sends for `reply` to one GET that asks for no further one, and how it ends.
std::string WireOf(const ServerReply& reply, int* error) {
  LoopbackServer server([&](const ServerRequest&) { return reply; });
  PlainClient client(server);
  client.Write(kGet);
  return client.ReadToEnd(error);
}

TEST(LoopbackServer, KeepsTheConnectionAndDecodesTheTarget) {
  LoopbackServer server([](const ServerRequest&) { return Hello(); });
  PlainClient client(server);
  for (int i = 0; i < 2; ++i) {
    client.Write(kGet);
    EXPECT_EQ(client.ReadExactly(kHello.size()), kHello);
  }
  EXPECT_EQ(server.connection_count(), 1);
  EXPECT_EQ(server.request_count(), 2);
  const ServerRequest seen = server.requests().at(1);
  EXPECT_EQ(seen.number, 1);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/a%20b?x=1%2B+&y");
  EXPECT_EQ(seen.path, "/a b");
  EXPECT_EQ(seen.query, (std::map<std::string, std::string>{{"x", "1++"}, {"y", ""}}));
}

TEST(LoopbackServer, JoinsChunksAndAnswersAnExpectation) {
  LoopbackServer server([](const ServerRequest&) { return Hello(); });
  PlainClient client(server);
  client.Write("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(client.ReadExactly(kContinue.size()), kContinue);
  client.Write("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n");
  EXPECT_EQ(client.ReadExactly(kHello.size()), kHello);
  EXPECT_EQ(server.requests().at(0).body, "abc0123456789");
}

TEST(LoopbackServer, CutsAfterAnyNumberOfBytes) {
  for (std::size_t k = 0; k <= kHello.size(); ++k) {
    ServerReply reply = Hello();
    reply.cut_after = k;
    int error = -1;
    EXPECT_EQ(WireOf(reply, &error), kHello.substr(0, k));
    EXPECT_EQ(error, 0);
  }
}

TEST(LoopbackServer, ResetsTheConnection) {
  ServerReply reply = Hello();
  reply.reset = true;
  reply.cut_after = 0;
  int error = 0;
  WireOf(reply, &error);
  EXPECT_EQ(error, ECONNRESET);
}

TEST(LoopbackServer, FramesFalselyWhenAsked) {
  int error = -1;
  ServerReply reply = Hello();
  reply.content_length = 9;
  EXPECT_EQ(WireOf(reply, &error), "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 9\r\n\r\nhello");
  reply = Hello();
  reply.chunked = true;
  reply.last_chunk = false;
  EXPECT_EQ(WireOf(reply, &error), "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  reply.last_chunk = true;
  reply.close = true;
  EXPECT_EQ(WireOf(reply, &error),
            "HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            "5\r\nhello\r\n0\r\n\r\n");
  reply = Hello();
  reply.http_1_0 = true;
  EXPECT_EQ(WireOf(reply, &error), "HTTP/1.0 200 OK\r\nX-A: b\r\n\r\nhello");
  reply.raw = "nonsense";
  EXPECT_EQ(WireOf(reply, &error), "nonsense");
}

TEST(LoopbackServer, DripsTheSameBytesMoreSlowly) {
  ServerReply reply = Hello();
  reply.close = true;
  reply.drip_bytes = 20;
  reply.drip_interval = 10ms;
  int error = -1;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(WireOf(reply, &error).ends_with("\r\n\r\nhello"));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 30ms);
}

TEST(LoopbackServer, EndsAtOnceWhileDelayingDrippingAndStalling) {
  const auto start = std::chrono::steady_clock::now();
  ServerReply delayed = Hello();
  delayed.delay = 1h;
  ServerReply dripping = Hello();
  dripping.drip_bytes = 1;
  dripping.drip_interval = 1h;
  for (const ServerReply& reply : {delayed, dripping}) {
    auto server = std::make_unique<LoopbackServer>([&](const ServerRequest&) { return reply; });
    PlainClient client(*server);
    client.Write(kGet);
    if (reply.drip_bytes != 0) {
      EXPECT_EQ(client.ReadExactly(1), "H");
    }
    server.reset();
  }
  auto server = std::make_unique<LoopbackServer>([](const ServerRequest&) { return Hello(); });
  server->StallBodiesAfter(1);
  PlainClient client(*server);
  client.Write("PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789");
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST(LoopbackServer, RemembersNothingOnceRecordingStopped) {
  LoopbackServer server([](const ServerRequest&) { return Hello(); });
  server.StopRecording();
  PlainClient client(server);
  client.Write(kGet);
  EXPECT_EQ(client.ReadExactly(kHello.size()), kHello);
  EXPECT_EQ(server.request_count(), 1);
  EXPECT_TRUE(server.requests().empty());
}

}  // namespace
}  // namespace signpost::testing
