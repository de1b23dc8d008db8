#include "local/invoke_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/function_fixture_test.h"

namespace signpost::local {
namespace {

using ::testing::HasSubstr;

/// The server over HTTP, asked through curl.
class InvokeApi : public ::testing::Test {
 protected:
  http::Response Post(const std::string& body, http::Headers headers = {}, std::string path = kInvokePath) {
    if (!server_) {
      auto server = HttpServer::Start({.most_body_bytes = kMostEventBytes}, [this](const ServedRequest& request) {
        return ServeInvoke(request, &function_.host());
      });
      EXPECT_TRUE(server);
      server_ = std::move(*server);
    }
    const http::Request request{.method = "POST",
                                .url = "http://" + server_->address() + path,
                                .headers = std::move(headers),
                                .body = body,
                                .idle_timeout = std::chrono::minutes(5)};  // on an emulated processor, too
    http::Response response;
    const Status sent = transport_.Send({}, request, &response);
    EXPECT_TRUE(sent) << sent.error().ToString();
    return response;
  }

  const http::CurlGlobal curl_;
  const SystemClock clock_;
  http::CurlTransport transport_{{}, &clock_};
  FunctionFixture function_;
  std::unique_ptr<HttpServer> server_;
};

std::string Find(const http::Response& response, std::string_view name) {
  return std::string(response.headers.Find(name).value_or("(absent)"));
}

TEST_F(InvokeApi, AnswerComesWithTheRequestIdAndNoError) {
  const auto response = Post(R"({"a":1})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(nlohmann::json::parse(response.body)["event"]["a"], 1);
  EXPECT_EQ(Find(response, "X-Amz-Function-Error"), "(absent)");
  EXPECT_EQ(Find(response, "X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(Find(response, "x-amzn-RequestId").size(), 36U);
  EXPECT_EQ(Find(response, "X-Amz-Log-Result"), "(absent)");
}

TEST_F(InvokeApi, FunctionErrorHasItsHeader) {
  const auto response = Post(R"({"do":"fail"})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(Find(response, "X-Amz-Function-Error"), "Unhandled");
}

TEST_F(InvokeApi, LogTailIsSentWhenAskedFor) {
  // "START" in base64, at a multiple of three bytes.
  EXPECT_THAT(Find(Post("{}", {{{"X-Amz-Log-Type", "Tail"}}}), "X-Amz-Log-Result"), ::testing::StartsWith("U1RBUl"));
}

TEST_F(InvokeApi, TraceIdOfTheCallerIsPassedOn) {
  EXPECT_EQ(nlohmann::json::parse(Post("{}", {{{"X-Amzn-Trace-Id", "Root=1-2-3"}}}).body)["trace"], "Root=1-2-3");
}

TEST_F(InvokeApi, AnyFunctionNameIsTakenAndAnEmptyEventIsAnObject) {
  const auto response = Post("", {}, "/2015-03-31/functions/another/invocations");
  EXPECT_EQ(nlohmann::json::parse(response.body)["event"], nlohmann::json::object());
}

TEST_F(InvokeApi, EventOverSixMebibytesIs413) {
  const std::string largest = '"' + std::string(kMostEventBytes - 2, 'x') + '"';
  EXPECT_NE(Post(largest).status, 413);
  const auto response = Post(largest + " ");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(Find(response, "x-amzn-ErrorType"), "RequestTooLargeException");
}

TEST_F(InvokeApi, LargeFormEncodedBodyIsTakenAsItIs) {
  // What curl -d sends by default.
  const std::string event = R"({"a":")" + std::string(100'000, '+') + R"("})";
  const auto response = Post(event, {{{"Content-Type", "application/x-www-form-urlencoded"}}});
  EXPECT_EQ(nlohmann::json::parse(response.body)["event"], nlohmann::json::parse(event));
}

TEST_F(InvokeApi, AsynchronousEventIs202AndSmaller) {
  EXPECT_EQ(Post("{}", {{{"X-Amz-Invocation-Type", "Event"}}}).status, 202);
  EXPECT_EQ(Post('"' + std::string(1 << 20, 'x') + '"', {{{"X-Amz-Invocation-Type", "Event"}}}).status, 413);
  EXPECT_EQ(nlohmann::json::parse(Post("{}").body)["count"], 2);
}

TEST_F(InvokeApi, WhatIsNotAnInvocationIsRefused) {
  EXPECT_EQ(Post("{", {}).status, 400);
  EXPECT_EQ(Post("{}", {{{"X-Amz-Invocation-Type", "Sometimes"}}}).status, 400);
  EXPECT_EQ(Post("{}", {{{"X-Amz-Invocation-Type", "DryRun"}}}).status, 204);
  EXPECT_EQ(Post("{}", {{{"Origin", "http://evil.example"}}}).status, 403);
  EXPECT_EQ(Post("{}", {}, "/other").status, 404);
  EXPECT_EQ(nlohmann::json::parse(Post("{}").body)["count"], 1);
}

TEST_F(InvokeApi, EventThatFindsNoPlaceIs429) {
  function_.options().queue_limit = 0;
  ASSERT_TRUE(function_.host().Submit({.payload = R"({"do":"hang"})"}, [](const auto&) {}));
  const auto response = Post("{}");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(Find(response, "x-amzn-ErrorType"), "TooManyRequestsException");
}

TEST_F(InvokeApi, SecondServerOnThePortIsRefused) {
  Post("{}");
  const auto second = HttpServer::Start({.port = server_->port()}, [](const auto&) { return ServedResponse{}; });
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(server_->port())));
}

}  // namespace
}  // namespace signpost::local
