#include "testing/synthetic_s3.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "testing/server_wire.h"
#include "testing/synthetic_s3_list.h"

namespace signpost::testing {
namespace {

struct Reply {
  int status = 0;  ///< 0: the connection ended before a whole answer.
  std::string head;
  std::string body;
};

/// A client that does no more than write a request and read the answer by its Content-Length.
class RawClient {
 public:
  explicit RawClient(const SyntheticS3& server) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(server.url().substr(server.url().rfind(':') + 1))));
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  Reply Call(const std::string& method, const std::string& target, const std::string& body = "",
             const std::string& headers = "") {
    const std::string request = method + " " + target +
                                " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                                headers + "\r\n" + body;
    send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
    Reply reply;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!Fill()) return reply;
    }
    reply.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    std::size_t length = 0;
    if (const std::size_t at = reply.head.find("Content-Length: "); at != std::string::npos && method != "HEAD") {
      length = std::stoul(reply.head.substr(at + 16));
    }
    while (buffer_.size() < length) {
      if (!Fill()) return reply;
    }
    reply.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    reply.status = std::stoi(reply.head.substr(9, 3));
    return reply;
  }

 private:
  bool Fill() {
    char bytes[8192];
    const ssize_t got = recv(socket_.get(), bytes, sizeof bytes, 0);
    if (got > 0) buffer_.append(bytes, static_cast<std::size_t>(got));
    return got > 0;
  }

  OwnedFd socket_;
  std::string buffer_;
};

std::vector<std::string> AllBetween(std::string_view text, std::string_view open, std::string_view close) {
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = text.find(open, at)) != std::string_view::npos;) {
    at += open.size();
    found.emplace_back(text.substr(at, text.find(close, at) - at));
  }
  return found;
}

std::string Tag(std::string_view text, const std::string& name) {
  const auto all = AllBetween(text, "<" + name + ">", "</" + name + ">");
  return all.empty() ? "" : all.front();
}

/// The form decoding of HTML: `+` is a space.
std::string FormDecode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%') {
      unsigned value = 0;
      std::from_chars(&text[i + 1], &text[i + 1] + 2, value, 16);
      out += static_cast<char>(value);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string Escape(std::string_view raw) {
  std::string out;
  for (const char c : raw) {
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += escape;
  }
  return out;
}

/// Pages through everything as a client of S3 does.
std::vector<std::string> ListAll(const SyntheticS3& server, const std::string& query) {
  RawClient client(server);
  std::vector<std::string> keys;
  std::string token;
  do {
    std::string target = "/bucket?list-type=2&encoding-type=url" + query;
    if (!token.empty()) target += "&continuation-token=" + Escape(token);
    const Reply reply = client.Call("GET", target);
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto page = AllBetween(reply.body, "<Contents><Key>", "</Key>");
    EXPECT_EQ(Tag(reply.body, "KeyCount"), std::to_string(page.size()));
    for (const std::string& key : page) keys.push_back(FormDecode(key));
    token = Tag(reply.body, "NextContinuationToken");
    EXPECT_EQ(Tag(reply.body, "IsTruncated"), token.empty() ? "false" : "true");
  } while (!token.empty() && keys.size() < 100'000);
  return keys;
}

std::shared_ptr<const KeyShape> Shape(const char* name, std::uint64_t size) {
  return std::move(MakeKeyShape(name, size).value());
}

TEST(SyntheticS3, PagesThroughEveryShapeInOrder) {
  for (const char* name : {"sequence", "uuid", "dates", "skewed", "hostile"}) {
    const auto shape = Shape(name, 2'501);
    const SyntheticS3 server(shape);
    EXPECT_EQ(ListAll(server, ""), Materialise(*shape)) << name;
    EXPECT_EQ(server.count(SyntheticCall::kList), 3);
  }
}

TEST(SyntheticS3, CapsMaxKeysAtAThousandAndThePageSize) {
  const SyntheticS3 server(Shape("uuid", 3'000));
  RawClient client(server);
  EXPECT_EQ(Tag(client.Call("GET", "/b?list-type=2&max-keys=5000").body, "KeyCount"), "1000");
  EXPECT_EQ(Tag(client.Call("GET", "/b?list-type=2&max-keys=7").body, "KeyCount"), "7");
  EXPECT_EQ(client.Call("GET", "/b?list-type=2&max-keys=x").status, 400);
  const SyntheticS3 small(Shape("uuid", 30), {.page_size = 4});
  EXPECT_EQ(ListAll(small, "").size(), 30U);
  EXPECT_EQ(small.count(SyntheticCall::kList), 8);
}

TEST(SyntheticS3, StartAfterAndPrefixSelectTheSameAsOnASortedList) {
  const SyntheticS3 server(KeysAsListed({"a", "a b", "a/", "a/1", "a/2", "b"}), {.page_size = 2});
  EXPECT_EQ(ListAll(server, "&prefix=a%2F"), (std::vector<std::string>{"a/", "a/1", "a/2"}));
  EXPECT_EQ(ListAll(server, "&start-after=a%2F1"), (std::vector<std::string>{"a/2", "b"}));
  EXPECT_EQ(ListAll(server, "&start-after=A&prefix=a"), (std::vector<std::string>{"a", "a b", "a/", "a/1", "a/2"}));
  EXPECT_EQ(ListAll(server, "&start-after=z"), std::vector<std::string>());
  EXPECT_EQ(ListAll(server, "&prefix=c"), std::vector<std::string>());
}

TEST(SyntheticS3, WritesASpaceAsPlusAndKeepsTheSlash) {
  const SyntheticS3 server(KeysAsListed({"a b/c+d%~*.\xc3\xa9"}));
  RawClient client(server);
  const Reply reply = client.Call("GET", "/b?list-type=2&encoding-type=url&prefix=a%20b");
  EXPECT_EQ(Tag(reply.body, "Key"), "a+b/c%2Bd%25%7E*.%C3%A9");
  EXPECT_EQ(Tag(reply.body, "Prefix"), "a+b");
  EXPECT_EQ(Tag(reply.body, "EncodingType"), "url");
  EXPECT_EQ(Tag(client.Call("GET", "/b?list-type=2").body, "Key"), "a b/c+d%~*.\xc3\xa9");
}

TEST(SyntheticS3, RefusesAContinuationTokenThatWasAltered) {
  const SyntheticS3 server(Shape("uuid", 10), {.page_size = 3});
  RawClient client(server);
  std::string token = Tag(client.Call("GET", "/b?list-type=2").body, "NextContinuationToken");
  EXPECT_EQ(client.Call("GET", "/b?list-type=2&continuation-token=" + Escape(token)).status, 200);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(client.Call("GET", "/b?list-type=2&continuation-token=" + Escape(altered)).status, 400) << altered;
  }
}

TEST(SyntheticS3, KeepsAnUploadWithItsHeadersAndServesRanges) {
  const SyntheticS3 server(Shape("uuid", 0), {.keep_uploads = true});
  RawClient client(server);
  EXPECT_EQ(client.Call("PUT", "/b/m%20x", "0123456789", "x-amz-meta-a: 1\r\nContent-Type: text/plain\r\n").status,
            200);
  EXPECT_EQ(client.Call("GET", "/b/m%20x").body, "0123456789");
  const Reply middle = client.Call("GET", "/b/m%20x", "", "Range: bytes=2-4\r\n");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.body, "234");
  EXPECT_NE(middle.head.find("Content-Range: bytes 2-4/10"), std::string::npos);
  EXPECT_EQ(client.Call("GET", "/b/m%20x", "", "Range: bytes=-3\r\n").body, "789");
  EXPECT_EQ(client.Call("GET", "/b/m%20x", "", "Range: bytes=10-\r\n").status, 416);
  const Reply head = client.Call("HEAD", "/b/m%20x");
  EXPECT_NE(head.head.find("Content-Length: 10"), std::string::npos);
  EXPECT_NE(head.head.find("x-amz-meta-a: 1"), std::string::npos);
  EXPECT_EQ(client.Call("GET", "/b/other").status, 404);
  EXPECT_EQ(client.Call("PUT", "/b/m%20x", "new", "If-None-Match: *\r\n").status, 412);
}

TEST(SyntheticS3, AssemblesAMultipartUploadInPartOrderAndForgetsIt) {
  const SyntheticS3 server(Shape("uuid", 0), {.keep_uploads = true});
  RawClient client(server);
  const std::string id = Tag(client.Call("POST", "/b/k?uploads=").body, "UploadId");
  ASSERT_FALSE(id.empty());
  const std::string first(5 << 20, 'x');
  const auto part = [&](int number, const std::string& body) {
    const Reply reply = client.Call("PUT", "/b/k?partNumber=" + std::to_string(number) + "&uploadId=" + id, body,
                                    "x-amz-checksum-crc64nvme: abc=\r\n");
    EXPECT_NE(reply.head.find("x-amz-checksum-crc64nvme: abc="), std::string::npos);
    return AllBetween(reply.head, "ETag: \"", "\"").front();
  };
  const std::string second_tag = part(2, "end");
  const std::string first_tag = part(1, first);
  EXPECT_EQ(AllBetween(client.Call("GET", "/b/k?uploadId=" + id).body, "<PartNumber>", "</PartNumber>"),
            (std::vector<std::string>{"1", "2"}));
  const auto complete = [&](const std::string& a, const std::string& b) {
    return client.Call("POST", "/b/k?uploadId=" + id,
                       "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"" + a +
                           "\"</ETag></Part><Part><PartNumber>2</PartNumber><ETag>&quot;" + b +
                           "&quot;</ETag></Part></CompleteMultipartUpload>");
  };
  EXPECT_EQ(Tag(complete(second_tag, first_tag).body, "Code"), "InvalidPart");
  EXPECT_EQ(server.store()->uploads_in_progress(), 1);
  EXPECT_EQ(complete(first_tag, second_tag).status, 200);
  EXPECT_EQ(server.store()->uploads_in_progress(), 0);
  EXPECT_EQ(server.store()->Find("k")->body, first + "end");
  EXPECT_EQ(Tag(complete(first_tag, second_tag).body, "Code"), "NoSuchUpload");
}

TEST(SyntheticS3, CountsUploadsWithoutKeepingThem) {
  const SyntheticS3 server(Shape("uuid", 0));
  RawClient client(server);
  EXPECT_EQ(client.Call("PUT", "/b/k", std::string(300'000, 'x')).status, 200);
  EXPECT_EQ(server.store()->bytes_received(), 300'000U);
  EXPECT_EQ(server.store()->Find("k")->size, 300'000U);
  EXPECT_TRUE(server.store()->Find("k")->body.empty());
  EXPECT_EQ(client.Call("GET", "/b/k").status, 501);
}

TEST(SyntheticS3, AbortedUploadIsGone) {
  const SyntheticS3 server(Shape("uuid", 0));
  RawClient client(server);
  const std::string id = Tag(client.Call("POST", "/b/k?uploads=").body, "UploadId");
  EXPECT_EQ(client.Call("DELETE", "/b/k?uploadId=" + id).status, 204);
  EXPECT_EQ(client.Call("PUT", "/b/k?partNumber=1&uploadId=" + id, "x").status, 404);
  EXPECT_EQ(server.count(SyntheticCall::kAbort), 1);
}

TEST(SyntheticS3, SlowsDownEveryThirdRequest) {
  const SyntheticS3 server(Shape("uuid", 5), {.slow_down_every = 3});
  RawClient client(server);
  std::vector<int> statuses;
  for (int i = 0; i < 6; ++i) statuses.push_back(client.Call("GET", "/b?list-type=2").status);
  EXPECT_EQ(statuses, (std::vector<int>{200, 200, 503, 200, 200, 503}));
}

TEST(SyntheticS3, SlowsDownAboveTheRequestRate) {
  const SyntheticS3 server(Shape("uuid", 5), {.max_requests_per_second = 2});
  RawClient client(server);
  int refused = 0;
  for (int i = 0; i < 50; ++i) refused += client.Call("GET", "/b?list-type=2").status == 503 ? 1 : 0;
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, 50);
}

TEST(SyntheticS3, HookAnswersCutsAndResets) {
  SyntheticS3 server(Shape("uuid", 5));
  std::vector<SyntheticFault> faults = {
      {.status = 403, .code = "AccessDenied"}, {.body = "hello"}, {.cut_after = 20}, {.reset = true}};
  server.StartRound([&](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    if (request.number >= 4) return std::nullopt;
    EXPECT_EQ(request.call, SyntheticCall::kList);
    return faults[static_cast<std::size_t>(request.number)];
  });
  EXPECT_EQ(Tag(RawClient(server).Call("GET", "/b?list-type=2").body, "Code"), "AccessDenied");
  EXPECT_EQ(RawClient(server).Call("GET", "/b?list-type=2").body, "hello");
  EXPECT_EQ(RawClient(server).Call("GET", "/b?list-type=2").status, 0);
  EXPECT_EQ(RawClient(server).Call("GET", "/b?list-type=2").status, 0);
  EXPECT_EQ(RawClient(server).Call("GET", "/b?list-type=2").status, 200);
  EXPECT_EQ(server.faults(), 4);
  server.StartRound();
  EXPECT_EQ(server.requests(), 0);
}

TEST(SyntheticS3, ALostAnswerTookEffect) {
  SyntheticS3 server(Shape("uuid", 0), {.keep_uploads = true});
  server.StartRound([](const SyntheticRequest& request) -> std::optional<SyntheticFault> {
    if (request.call != SyntheticCall::kPut) return std::nullopt;
    return SyntheticFault{.cut_after = 0};
  });
  EXPECT_EQ(RawClient(server).Call("PUT", "/b/k", "body").status, 0);
  EXPECT_EQ(server.store()->Find("k")->body, "body");
  EXPECT_EQ(server.cuts(), 1);
}

TEST(SyntheticS3, TellsExpectantClientsToContinue) {
  const SyntheticS3 server(Shape("uuid", 0));
  RawClient client(server);
  // The interim answer arrives first; the raw client takes it for the answer.
  const Reply interim = client.Call("PUT", "/b/k", std::string(100'000, 'x'), "Expect: 100-continue\r\n");
  EXPECT_EQ(interim.status, 100);
}

}  // namespace
}  // namespace signpost::testing
