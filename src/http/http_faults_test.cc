#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/curl_transport.h"
#include "testing/fake_time.h"
#include "testing/loopback_server.h"

namespace signpost::http {
namespace {

using namespace std::chrono_literals;
using testing::LoopbackServer;
using testing::ServerReply;
using testing::ServerRequest;

class HttpFaults : public ::testing::Test {
 protected:
  HttpFaults() { static const CurlGlobal global; }

  /// One request to a server that always gives `reply`.
  Status Exchange(const ServerReply& reply, Request request = {}) {
    LoopbackServer server([&](const ServerRequest&) { return reply; });
    request.url = server.url() + "/k?X-Amz-Signature=secret";
    const auto start = std::chrono::steady_clock::now();
    Status outcome = transport_.Send({}, request, &response_);
    elapsed_ = std::chrono::steady_clock::now() - start;
    EXPECT_TRUE(outcome || outcome.error().message.find("secret") == std::string::npos);
    return outcome;
  }

  void ExpectFailure(ErrorCode code, const Status& outcome) {
    ASSERT_FALSE(outcome) << response_.status << " " << response_.body.size();
    EXPECT_EQ(Name(outcome.error().code), Name(code)) << outcome.error().message;
  }

  SystemClock clock_;
  CurlTransport transport_{{}, &clock_};
  Response response_;
  std::chrono::steady_clock::duration elapsed_{};
};

ServerReply Body(std::string body) {
  ServerReply reply;
  reply.body = std::move(body);
  return reply;
}

TEST_F(HttpFaults, N1_ACutOrResetAtEveryByteOfAnAnswerIsUnavailable) {
  for (const bool chunked : {false, true}) {
    ServerReply whole = Body("<ListBucketResult>...</ListBucketResult>");
    whole.headers = {{"x-amz-request-id", "R"}};
    whole.chunked = chunked;
    const std::size_t size =
        chunked ? fmt::formatted_size(
                      "HTTP/1.1 200 OK\r\nx-amz-request-id: R\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "{:x}\r\n{}\r\n0\r\n\r\n",
                      whole.body.size(), whole.body)
                : fmt::formatted_size("HTTP/1.1 200 OK\r\nx-amz-request-id: R\r\nContent-Length: {}\r\n\r\n{}",
                                      whole.body.size(), whole.body);
    LoopbackServer server([&](const ServerRequest& request) {
      ServerReply reply = whole;
      const auto step = static_cast<std::size_t>(std::stoul(request.path.substr(1)));
      reply.cut_after = step / 2;
      reply.reset = step % 2 == 1;
      return reply;
    });
    Request request;
    // Of the last chunk's "0 CR LF CR LF" libcurl does not insist on the last byte; nothing can be missing then.
    const std::size_t enough = chunked ? size - 1 : size;
    for (std::size_t step = 0; step < 2 * enough; ++step) {
      request.url = fmt::format("{}/{}", server.url(), step);
      const Status outcome = transport_.Send({}, request, &response_);
      ASSERT_FALSE(outcome) << "chunked " << chunked << ", cut after " << step / 2;
      EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable) << outcome.error().message;
    }
    for (std::size_t cut = enough; cut <= size; ++cut) {
      request.url = fmt::format("{}/{}", server.url(), 2 * cut);
      ASSERT_TRUE(transport_.Send({}, request, &response_));
      EXPECT_EQ(response_.body, whole.body);
    }
  }
}

TEST_F(HttpFaults, N2_ACleanEndShortOfTheContentLengthIsUnavailable) {
  ServerReply reply = Body("12345");
  reply.content_length = 6;
  ExpectFailure(ErrorCode::kUnavailable, Exchange(reply));
}

TEST_F(HttpFaults, N2_ChunksWithoutTheLastOneAreUnavailable) {
  ServerReply reply = Body("12345");
  reply.chunked = true;
  reply.last_chunk = false;
  ExpectFailure(ErrorCode::kUnavailable, Exchange(reply));
}

TEST_F(HttpFaults, N7_DrippedWhitespaceIsWaitedForWhenAnySpeedWillDo) {
  ServerReply reply = Body(std::string(600, ' ') + "<Complete/>");
  reply.drip_bytes = 100;
  reply.drip_interval = 100ms;
  Request request;
  request.idle_timeout = 500ms;
  request.min_bytes_per_second = 0;
  const Status outcome = Exchange(reply, request);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_TRUE(response_.body == reply.body);
  EXPECT_GT(elapsed_, request.idle_timeout);
  request.min_bytes_per_second = 50'000;  // The same answer when speed is asked for.
  ExpectFailure(ErrorCode::kUnavailable, Exchange(reply, request));
}

/// A socket on a loopback port that is bound and, with a `backlog`, listens but accepts nobody.
struct ClosedPort {
  explicit ClosedPort(std::optional<int> backlog) : fd(socket(AF_INET, SOCK_STREAM, 0)) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    if (backlog) {
      EXPECT_EQ(listen(fd, *backlog), 0);
    }
  }
  ~ClosedPort() {
    close(fd);
    for (const int one : others) close(one);
  }
  /// Connections that fill the backlog, so that a further SYN stays without an answer.
  void Fill() {
    for (int i = 0; i < 8; ++i) {
      others.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      static_cast<void>(connect(others.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
    }
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", ntohs(address.sin_port)); }

  const int fd;
  sockaddr_in address{};
  std::vector<int> others;
};

TEST_F(HttpFaults, N14_ARefusedConnectionIsUnavailable) {
  const ClosedPort port(std::nullopt);
  Request request;
  request.url = port.url();
  ExpectFailure(ErrorCode::kUnavailable, transport_.Send({}, request, &response_));
}

TEST_F(HttpFaults, N14_AConnectionThatNobodyAnswersEndsByTheConnectTimeout) {
  ClosedPort port(0);
  port.Fill();
  CurlTransport transport({.connect_timeout = 200ms}, &clock_);
  Request request;
  request.url = port.url();
  request.idle_timeout = 1h;
  const auto start = std::chrono::steady_clock::now();
  ExpectFailure(ErrorCode::kUnavailable, transport.Send({}, request, &response_));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 200ms);
}

TEST_F(HttpFaults, N12_ASlowLorisHeaderEndsByTheIdleTimeout) {
  ServerReply reply = Body("x");
  reply.drip_bytes = 1;
  reply.drip_interval = 20ms;
  Request request;
  request.idle_timeout = 150ms;
  ExpectFailure(ErrorCode::kUnavailable, Exchange(reply, request));
  EXPECT_LT(elapsed_, 5s);
}

TEST_F(HttpFaults, N12_ASlowLorisBodyEndsByTheSpeedLimit) {
  ServerReply reply;
  reply.raw = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x');
  reply.drip_bytes = 64;
  reply.drip_interval = 50ms;
  Request request;
  request.idle_timeout = 200ms;
  request.min_bytes_per_second = 100'000;
  ExpectFailure(ErrorCode::kUnavailable, Exchange(reply, request));
  EXPECT_LT(elapsed_, 5s);
}

TEST_F(HttpFaults, N12_ASilentServerEndsByTheIdleTimeout) {
  ServerReply reply = Body("x");
  reply.delay = 1h;
  Request request;
  request.idle_timeout = 100ms;
  ExpectFailure(ErrorCode::kUnavailable, Exchange(reply, request));
  EXPECT_GE(elapsed_, 100ms);
  EXPECT_LT(elapsed_, 5s);
}

TEST_F(HttpFaults, N12_AStalledUploadEndsByTheIdleTimeout) {
  LoopbackServer server([](const ServerRequest&) { return ServerReply{}; });
  server.StallBodiesAfter(1000);
  const std::string body(32 << 20, 'u');  // More than the sockets' buffers hold.
  Request request;
  request.url = server.url();
  request.method = "PUT";
  request.body = body;
  request.idle_timeout = 200ms;
  const auto start = std::chrono::steady_clock::now();
  ExpectFailure(ErrorCode::kUnavailable, transport_.Send({}, request, &response_));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
}

TEST_F(HttpFaults, N12_TheDeadlineEndsATransferThatStillMoves) {
  ServerReply reply = Body(std::string(100'000, 'x'));
  reply.drip_bytes = 1;
  reply.drip_interval = 5ms;
  LoopbackServer server([&](const ServerRequest&) { return reply; });
  Request request;
  request.url = server.url();
  request.min_bytes_per_second = 0;
  CallContext context;
  context.deadline = clock_.Now() + 200ms;
  ExpectFailure(ErrorCode::kDeadlineExceeded, transport_.Send(context, request, &response_));
  EXPECT_GE(clock_.Now(), *context.deadline);
  EXPECT_LT(clock_.Now(), *context.deadline + 5s);
  ExpectFailure(ErrorCode::kDeadlineExceeded, transport_.Send(context, request, &response_));
  EXPECT_EQ(server.request_count(), 1);
}

TEST_F(HttpFaults, AStopEndsATransferAtOnceAndTheTransportWorksOn) {
  std::stop_source source;
  LoopbackServer server([&](const ServerRequest& request) {
    ServerReply reply = Body("fine");
    if (request.number > 0) return reply;
    source.request_stop();
    reply.delay = 1h;
    return reply;
  });
  Request request;
  request.url = server.url();
  CallContext context;
  context.stop = source.get_token();
  const auto start = std::chrono::steady_clock::now();
  ExpectFailure(ErrorCode::kCancelled, transport_.Send(context, request, &response_));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
  ASSERT_TRUE(transport_.Send({}, request, &response_));
  EXPECT_EQ(response_.body, "fine");
}

TEST_F(HttpFaults, N23_NoContinueIsNeededForALargeUpload) {
  LoopbackServer server([](const ServerRequest&) { return ServerReply{}; });
  server.IgnoreExpectations();
  const std::string body(4 << 20, 'u');
  Request request;
  request.url = server.url();
  request.method = "PUT";
  request.body = body;
  ASSERT_TRUE(transport_.Send({}, request, &response_));
  EXPECT_TRUE(server.requests().at(0).body == body);
  EXPECT_FALSE(server.requests().at(0).headers.Find("expect"));
}

TEST_F(HttpFaults, N23_ConnectionCloseOnEveryReplyWorks) {
  LoopbackServer server([](const ServerRequest&) {
    ServerReply reply = Body("closing");
    reply.close = true;
    return reply;
  });
  Request request;
  request.url = server.url();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(transport_.Send({}, request, &response_));
    EXPECT_EQ(response_.body, "closing");
  }
  EXPECT_EQ(server.connection_count(), 5);
}

TEST_F(HttpFaults, N23_AnHttp10AnswerEndsWithTheConnection) {
  ServerReply reply = Body("old but whole");
  reply.http_1_0 = true;
  ASSERT_TRUE(Exchange(reply));
  EXPECT_EQ(response_.body, "old but whole");
}

TEST_F(HttpFaults, N23_AnEncodedBodyIsHandedOnAsItCame) {
  ServerReply reply = Body("\x1f\x8b not really gzip");
  reply.headers = {{"Content-Encoding", "gzip"}};
  ASSERT_TRUE(Exchange(reply));
  EXPECT_EQ(response_.body, reply.body);
  EXPECT_EQ(response_.headers.Find("content-encoding"), "gzip");
}

TEST_F(HttpFaults, N23_FiveMegabytesOfHeadersAreRefusedEarly) {
  ServerReply one_line = Body("x");
  one_line.headers = {{"X-Huge", std::string(5 << 20, 'h')}};
  ExpectFailure(ErrorCode::kDataLoss, Exchange(one_line));
  ServerReply many_lines = Body("x");
  for (int i = 0; i < 5000; ++i) many_lines.headers.emplace_back("X-Many", std::string(1000, 'h'));
  ExpectFailure(ErrorCode::kDataLoss, Exchange(many_lines));
  std::size_t kept = 0;
  for (const auto& [name, value] : response_.headers.fields()) kept += name.size() + value.size();
  EXPECT_LE(kept, 256u << 10);
}

TEST_F(HttpFaults, N23_ABodyOverItsLimitIsRefusedWhateverItsFraming) {
  Request request;
  request.max_body_bytes = 1000;
  ASSERT_TRUE(Exchange(Body(std::string(1000, 'x')), request));
  for (const bool chunked : {false, true}) {
    ServerReply reply = Body(std::string(1001, 'x'));
    reply.chunked = chunked;
    ExpectFailure(ErrorCode::kDataLoss, Exchange(reply, request));
    EXPECT_LE(response_.body.size(), 1000u);
  }
}

TEST_F(HttpFaults, N23_BytesThatAreNotHttpAreUnavailable) {
  for (const std::string bytes : {"", "nonsense", "SSH-2.0-x\r\n", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    ServerReply reply;
    reply.raw = bytes;
    ExpectFailure(ErrorCode::kUnavailable, Exchange(reply));
  }
}

/// Lowers the limit of open files to those that are open now, until it goes.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = dup(0);
    close(lowest_free);
    rlimit now = before_;
    now.rlim_cur = static_cast<rlim_t>(lowest_free);
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~NoMoreDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(HttpFaults, P9_ExhaustedDescriptorsAreATypedErrorThatNamesTheLimit) {
  ASSERT_TRUE(Exchange(Body("a lane that is set up")));
  LoopbackServer server([](const ServerRequest&) { return Body("fine"); });
  CurlTransport fresh({}, &clock_);
  Request request;
  request.url = server.url();
  for (CurlTransport* transport : {&transport_, &fresh}) {
    {
      const NoMoreDescriptors exhausted;
      const Status outcome = transport->Send({}, request, &response_);
      ExpectFailure(ErrorCode::kInternal, outcome);
      EXPECT_NE(outcome.error().message.find("file descriptors (limit "), std::string::npos) << outcome.error().message;
    }
    ASSERT_TRUE(transport->Send({}, request, &response_));
    EXPECT_EQ(response_.body, "fine");
  }
}

}  // namespace
}  // namespace signpost::http
