#include "http/curl_transport.h"

#include <thread>

#include <gtest/gtest.h>

#include "testing/loopback_server.h"

namespace signpost::http {
namespace {

using testing::LoopbackServer;
using testing::ServerReply;
using testing::ServerRequest;

const CurlGlobal& Global() {
  static const CurlGlobal global;
  return global;
}

class CurlTransportTest : public ::testing::Test {
 protected:
  CurlTransportTest() { Global(); }

  Status Get(std::string url) {
    Request request;
    request.url = std::move(url);
    return transport_.Send({}, request, &response_);
  }

  SystemClock clock_;
  CurlTransport transport_{{}, &clock_};
  Response response_;
};

TEST_F(CurlTransportTest, AnyStatusIsAnAnswerWithItsHeadersAndBody) {
  LoopbackServer server([](const ServerRequest&) {
    ServerReply reply;
    reply.status = 404;
    reply.headers = {{"X-Amz-Request-Id", "R1"}, {"Empty", ""}};
    reply.body = "no such thing";
    return reply;
  });
  ASSERT_TRUE(Get(server.url() + "/x"));
  EXPECT_EQ(response_.status, 404);
  EXPECT_EQ(response_.body, "no such thing");
  EXPECT_EQ(response_.headers.Find("x-amz-request-id"), "R1");
  EXPECT_EQ(response_.headers.Find("EMPTY"), "");
  EXPECT_FALSE(response_.headers.Find("x-none"));
}

TEST_F(CurlTransportTest, SendsTheTargetMethodAndFieldsAsGiven) {
  LoopbackServer server([](const ServerRequest&) { return ServerReply{}; });
  Request request;
  request.url = server.url() + "/a/../b//./%2e%41?x=%20&y";
  request.method = "DELETE";
  request.headers.Add("X-Empty", "");
  request.headers.Add("X-Some", "  inner  ");
  ASSERT_TRUE(transport_.Send({}, request, &response_));
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.target, "/a/../b//./%2e%41?x=%20&y");
  EXPECT_EQ(seen.method, "DELETE");
  EXPECT_EQ(seen.headers.Find("x-empty"), "");
  EXPECT_EQ(seen.headers.Find("x-some"), "inner");
  EXPECT_EQ(seen.headers.Find("host"), server.url().substr(7));
  EXPECT_EQ(seen.headers.Find("user-agent"), "signpost");
  EXPECT_FALSE(seen.headers.Find("accept-encoding"));
}

TEST_F(CurlTransportTest, BodiesGoOutWholeWithTheirLengthAndWithoutExpect) {
  LoopbackServer server([](const ServerRequest& request) {
    ServerReply reply;
    reply.body = request.method;
    return reply;
  });
  for (const std::string method : {"PUT", "POST"}) {
    for (const std::size_t size : {0, 1, 5, 70'000, 3'000'000}) {
      std::string body(size, 'b');
      if (size > 1) body[size / 2] = '\0';
      Request request;
      request.url = server.url();
      request.method = method;
      request.body = body;
      ASSERT_TRUE(transport_.Send({}, request, &response_));
      EXPECT_EQ(response_.body, method);
      const auto seen = server.requests().back();
      EXPECT_TRUE(seen.body == body) << size;
      EXPECT_EQ(seen.headers.Find("content-length"), std::to_string(size));
      EXPECT_FALSE(seen.headers.Find("expect"));
      EXPECT_FALSE(seen.headers.Find("content-type"));
    }
  }
  ASSERT_TRUE(Get(server.url()));  // Nothing of the uploads is left in the handle.
  EXPECT_EQ(response_.body, "GET");
  EXPECT_FALSE(server.requests().back().headers.Find("content-length"));
}

TEST_F(CurlTransportTest, HeadHasALengthButNoBodyAndTheConnectionLivesOn) {
  LoopbackServer server([](const ServerRequest&) {
    ServerReply reply;
    reply.content_length = 12345;
    return reply;
  });
  Request request;
  request.url = server.url();
  request.method = "HEAD";
  ASSERT_TRUE(transport_.Send({}, request, &response_));
  EXPECT_EQ(response_.headers.Find("content-length"), "12345");
  EXPECT_EQ(response_.body, "");
  ASSERT_TRUE(transport_.Send({}, request, &response_));
  EXPECT_EQ(server.connection_count(), 1);
}

TEST_F(CurlTransportTest, CallsInTurnShareOneConnection) {
  LoopbackServer server([](const ServerRequest&) { return ServerReply{}; });
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Get(server.url()));
  EXPECT_EQ(server.request_count(), 20);
  EXPECT_EQ(server.connection_count(), 1);
}

TEST_F(CurlTransportTest, ConcurrentCallsUseOneConnectionEach) {
  LoopbackServer server([](const ServerRequest& request) {
    ServerReply reply;
    reply.body = request.target;
    return reply;
  });
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Request request;
      Response response;
      for (int i = 0; i < 50; ++i) {
        const std::string target = "/" + std::to_string(t) + "-" + std::to_string(i);
        request.url = server.url() + target;
        const Status sent = transport_.Send({}, request, &response);
        ASSERT_TRUE(sent) << sent.error().ToString();
        EXPECT_EQ(response.body, target);
      }
    });
  }
  threads.clear();
  EXPECT_LE(server.connection_count(), 8);
}

TEST_F(CurlTransportTest, RedirectsAreAnswersNotFollowed) {
  LoopbackServer server([](const ServerRequest&) {
    ServerReply reply;
    reply.status = 307;
    reply.headers = {{"Location", "/elsewhere"}};
    return reply;
  });
  ASSERT_TRUE(Get(server.url()));
  EXPECT_EQ(response_.status, 307);
  EXPECT_EQ(server.request_count(), 1);
}

TEST_F(CurlTransportTest, MalformedRequestsAreRefusedWithoutTheirQuery) {
  for (const std::string url : {"", "ftp://h/?X-Amz-Signature=s", "file:///etc/passwd", "http://a b/?X-Amz-Signature=s",
                                "http://u:p@127.0.0.1/", "http://h/\r\nX: y"}) {
    const Status sent = Get(url);
    ASSERT_FALSE(sent) << url;
    EXPECT_EQ(sent.error().code, ErrorCode::kInvalidArgument) << url << sent.error().message;
    EXPECT_EQ(sent.error().message.find("Signature"), std::string::npos);
  }
  Request request;
  request.url = "http://127.0.0.1:9/";
  request.headers.Add("X-Bad", "a\r\nX-Injected: b");
  const Status sent = transport_.Send({}, request, &response_);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(CurlTransportTest, ARefusedConnectionIsUnavailableAndNamesTheHostButNotTheQuery) {
  std::string url;
  {
    LoopbackServer gone([](const ServerRequest&) { return ServerReply{}; });
    url = gone.url();
  }
  const Status sent = Get(url + "/k?X-Amz-Signature=secret");
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(sent.error().message.find(url.substr(7)), std::string::npos) << sent.error().message;
  EXPECT_EQ(sent.error().message.find("secret"), std::string::npos) << sent.error().message;
}

TEST_F(CurlTransportTest, AProxyGetsTheRequestOnlyWhenAnOptionNamesIt) {
  LoopbackServer proxy([](const ServerRequest& request) {
    ServerReply reply;
    reply.body = request.target;
    return reply;
  });
  CurlTransport through({.proxy = proxy.url(), .no_proxy = "localhost"}, &clock_);
  Request request;
  request.url = "http://bucket.invalid/key";
  ASSERT_TRUE(through.Send({}, request, &response_));
  EXPECT_EQ(response_.body, "http://bucket.invalid/key");
}

}  // namespace
}  // namespace signpost::http
